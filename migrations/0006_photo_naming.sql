-- Who named a photo first: until its bytes are here its id belongs to them, and anybody else's upload under it is refused.

ALTER TABLE hazard_photos ADD COLUMN naming bigint GENERATED ALWAYS AS IDENTITY;
COMMENT ON COLUMN hazard_photos.naming IS
    'Counts namings as they are written. Not a time: one that a request brings along could be older than what it has read.';
CREATE INDEX hazard_photos_photo_id_naming ON hazard_photos (photo_id, naming);
DROP INDEX hazard_photos_photo_id;
