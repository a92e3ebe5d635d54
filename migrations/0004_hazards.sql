-- Hazards: what was reported, where it is in the loop, and every round and attempt of that loop.

CREATE TABLE categories (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z][0-9]{2}$'),
    name_zh text NOT NULL,
    name_en text NOT NULL,
    priority text NOT NULL CHECK (priority IN ('P1', 'P2', 'P3')),
    major_candidate boolean NOT NULL,
    basis text[] NOT NULL,
    days smallint NOT NULL CHECK (days >= 0)
);
COMMENT ON COLUMN categories.basis IS 'Keys of legal clauses, e.g. XF60(3) = Fire Protection Law, article 60, item 3.';
COMMENT ON COLUMN categories.days IS '0 = on the spot; 2, 3, 5 and 7 are working days, others calendar days.';

-- The last serial number given out, by what the number shows: a code that an organization gives up keeps its series,
-- so that a number is never given twice. A report that is rolled back leaves a gap, which is allowed.
CREATE TABLE number_series (
    organization_code text NOT NULL,
    year smallint NOT NULL,
    last_serial integer NOT NULL CHECK (last_serial > 0),
    PRIMARY KEY (organization_code, year)
);

CREATE TABLE hazards (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE CHECK (number ~ '^[A-Za-z0-9-]{1,32}-[0-9]{4}-[0-9]{6,}$'),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    category text NOT NULL REFERENCES categories (code),
    state text NOT NULL CHECK (state IN
        ('reported', 'registered', 'assigned', 'rectifying', 'pending_review', 'closed')),
    version integer NOT NULL CHECK (version > 0),
    round smallint NOT NULL CHECK (round > 0),
    attempt smallint NOT NULL CHECK (attempt > 0),
    owner_id uuid REFERENCES accounts (id),
    due_at timestamptz,
    reported_by uuid NOT NULL REFERENCES accounts (id),
    second_inspector_id uuid REFERENCES accounts (id),
    description text NOT NULL,
    place text NOT NULL,
    premises text,
    building text,
    floor text,
    given_longitude double precision CHECK (given_longitude BETWEEN -180 AND 180),
    given_latitude double precision CHECK (given_latitude BETWEEN -90 AND 90),
    datum text CHECK (datum IN ('wgs84', 'gcj02', 'bd09', 'cgcs2000')),
    position_source text CHECK (position_source IN ('gps', 'network', 'manual', 'checkpoint')),
    accuracy_m double precision CHECK (accuracy_m >= 0),
    fixed_at timestamptz,
    position point,
    captured_at timestamptz NOT NULL,
    device_time timestamptz NOT NULL,
    offline boolean NOT NULL,
    received_at timestamptz NOT NULL,
    demo boolean NOT NULL DEFAULT false,
    -- A position is whole or absent: degrees without a datum are no place.
    CHECK (num_nonnulls(given_longitude, given_latitude, datum, position_source, position) IN (0, 5)),
    CHECK (position IS NOT NULL OR num_nonnulls(accuracy_m, fixed_at) = 0),
    -- Somebody answers for everything between the assignment and the close, and for nothing before it.
    CHECK ((state IN ('reported', 'registered')) = (owner_id IS NULL)),
    CHECK ((owner_id IS NULL) = (due_at IS NULL)),
    -- Two officers are two people.
    CHECK (second_inspector_id <> reported_by)
);
COMMENT ON TABLE hazards IS 'The fold of each hazard''s events. version counts them and is the ETag.';
COMMENT ON COLUMN hazards.owner_id IS 'Of the round that is being lived, as are due_at and attempt; kept here because lists filter by them.';
COMMENT ON COLUMN hazards.position IS 'WGS-84, x = longitude, y = latitude; the given_ columns keep what the client sent in its own datum.';
COMMENT ON COLUMN hazards.received_at IS 'The server''s clock. captured_at and device_time are the phone''s and only claims.';

-- One index for each way a person comes to see hazards, in the order of the list, so that a page is a walk along it.
CREATE INDEX hazards_organization_id ON hazards (organization_id, received_at DESC, id DESC);
CREATE INDEX hazards_organization_id_state ON hazards (organization_id, state, received_at DESC, id DESC);
CREATE INDEX hazards_owner_id ON hazards (owner_id, received_at DESC, id DESC);
CREATE INDEX hazards_reported_by ON hazards (reported_by, received_at DESC, id DESC);
CREATE INDEX hazards_category ON hazards (category, received_at DESC, id DESC);
CREATE INDEX hazards_second_inspector_id ON hazards (second_inspector_id) WHERE second_inspector_id IS NOT NULL;
CREATE INDEX hazards_position ON hazards USING gist (position);

CREATE TABLE hazard_rounds (
    hazard_id uuid NOT NULL REFERENCES hazards (id),
    round smallint NOT NULL CHECK (round > 0),
    opened_at timestamptz NOT NULL,
    registered_at timestamptz,
    assigned_at timestamptz,
    owner_id uuid REFERENCES accounts (id),
    due_at timestamptz,
    notice text,
    accepted_at timestamptz,
    closed_at timestamptz,
    PRIMARY KEY (hazard_id, round)
);
CREATE INDEX hazard_rounds_owner_id ON hazard_rounds (owner_id);

CREATE TABLE hazard_attempts (
    hazard_id uuid NOT NULL,
    round smallint NOT NULL,
    attempt smallint NOT NULL CHECK (attempt > 0),
    submitted_at timestamptz NOT NULL,
    submitted_by uuid NOT NULL REFERENCES accounts (id),
    measures text NOT NULL,
    outcome text CHECK (outcome IN ('passed', 'failed')),
    mode text CHECK (mode IN ('on_site', 'by_picture')),
    remarks text,
    decided_at timestamptz,
    decided_by uuid REFERENCES accounts (id),
    PRIMARY KEY (hazard_id, round, attempt),
    FOREIGN KEY (hazard_id, round) REFERENCES hazard_rounds (hazard_id, round),
    CHECK (num_nonnulls(outcome, mode, decided_at, decided_by) IN (0, 4)),
    -- The fixer may not review, whatever the code above believes.
    CHECK (decided_by <> submitted_by)
);
CREATE INDEX hazard_attempts_submitted_by ON hazard_attempts (submitted_by);
CREATE INDEX hazard_attempts_decided_by ON hazard_attempts (decided_by);

-- What is over stays as it was: a closed round and a decided attempt never change, whoever asks.
CREATE FUNCTION refuse_change_of_past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a closed round and a decided attempt never change' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER hazard_rounds_closed BEFORE UPDATE ON hazard_rounds
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_past();
CREATE TRIGGER hazard_rounds_kept BEFORE DELETE ON hazard_rounds
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_past();
CREATE TRIGGER hazard_attempts_decided BEFORE UPDATE ON hazard_attempts
    FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_past();
CREATE TRIGGER hazard_attempts_kept BEFORE DELETE ON hazard_attempts
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_past();

-- Photos that a report (attempt 0) or a filed fix names. The bytes may come later, so photo_id is no foreign key.
CREATE TABLE hazard_photos (
    hazard_id uuid NOT NULL REFERENCES hazards (id),
    round smallint NOT NULL CHECK (round > 0),
    attempt smallint NOT NULL CHECK (attempt >= 0),
    ordinal smallint NOT NULL CHECK (ordinal >= 0),
    photo_id uuid NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    role text NOT NULL CHECK (role IN ('before', 'after')),
    named_by uuid NOT NULL REFERENCES accounts (id),
    visible_when_named boolean NOT NULL,
    taken_at timestamptz,
    PRIMARY KEY (hazard_id, round, attempt, ordinal),
    UNIQUE (hazard_id, round, attempt, photo_id),
    CHECK ((role = 'before') = (attempt = 0))
);
CREATE INDEX hazard_photos_photo_id ON hazard_photos (photo_id);
CREATE INDEX hazard_photos_named_by ON hazard_photos (named_by);
COMMENT ON COLUMN hazard_photos.visible_when_named IS
    'Whether whoever named the photo could see it then. A photo counts as arrived only if its hash is the named one and it was uploaded by whoever named it or this is true: naming an id and a hash grants nothing.';

INSERT INTO categories (code, name_zh, name_en, priority, major_candidate, basis, days) VALUES
    ('A01', '疏散通道占用堆物', 'Corridor occupied', 'P1', false, '{XF28,XF60(3),AQ42,AQ105,61-31}', 0),
    ('A02', '安全出口锁闭', 'Exit locked', 'P1', false, '{XF28,XF60(3),AQ42,AQ105,61-31}', 0),
    ('A03', '安全出口堵塞', 'Exit blocked', 'P1', true, '{XF28,XF60(3),AQ42,AQ105,61-31,GB55037-7.1.5}', 0),
    ('A04', '疏散楼梯占用', 'Stair occupied', 'P1', false, '{XF28,XF60(3)}', 0),
    ('A05', '通道或出口封闭、加装栅栏', 'Passage or exit sealed or grilled', 'P1', true, '{XF60(3),61-21}', 3),
    ('A06', '出口数量或宽度不足', 'Exits too few or too narrow', 'P2', true, '{XF16,GB35181}', 30),
    ('A07', '前室、避难区占用', 'Lobby or refuge occupied', 'P1', false, '{XF60(3)}', 0),
    ('A08', '疏散门开向错误、门禁不释放', 'Exit door opens wrongly or does not release', 'P2', false, '{XF60(1),XF60(3)}', 7),
    ('B01', '消防车通道占用', 'Fire lane occupied', 'P1', false, '{XF28,XF60(5)}', 0),
    ('B02', '消防车通道固定障碍', 'Fixed obstacle in fire lane', 'P1', false, '{XF60(5)}', 7),
    ('B03', '消防车通道封闭', 'Fire lane closed', 'P1', false, '{XF60(5)}', 0),
    ('B04', '登高操作场地占用', 'Ladder-truck area occupied', 'P1', false, '{GC,GB55037}', 1),
    ('B05', '消防车通道未标识', 'Fire lane unmarked', 'P3', false, '{GC}', 15),
    ('C01', '疏散指示标志缺失或错误', 'Exit sign missing or wrong', 'P2', true, '{XF16(2),XF60(1)}', 7),
    ('C02', '疏散指示标志遮挡', 'Exit sign covered', 'P2', false, '{61-21}', 0),
    ('C03', '疏散指示标志损坏', 'Exit sign broken', 'P2', true, '{XF60(1)}', 3),
    ('C04', '应急照明缺失', 'Emergency light missing', 'P2', true, '{XF60(1)}', 7),
    ('C05', '应急照明故障', 'Emergency light faulty', 'P2', true, '{XF60(1)}', 3),
    ('D01', '常闭防火门开启', 'Fire door held open', 'P2', false, '{61-31(5)}', 0),
    ('D02', '防火门、闭门器损坏', 'Fire door or closer damaged', 'P2', true, '{XF60(1)}', 7),
    ('D03', '防火卷帘下堆物', 'Goods under fire shutter', 'P1', false, '{61-31(5)}', 0),
    ('D04', '防火卷帘故障', 'Fire shutter faulty', 'P2', false, '{XF60(1)}', 7),
    ('E01', '门窗防盗网、铁栅栏', 'Bars on windows or doors', 'P1', false, '{XF28,XF60(6)}', 7),
    ('E02', '广告牌、店招遮挡', 'Billboard or shop sign over openings', 'P1', false, '{XF60(6),GC47(2)}', 7),
    ('F01', '电动自行车停放于走道、楼梯、门厅、出口', 'E-bike parked in passage, stair, hall or exit', 'P1', false, '{GC47(7),XF28}', 0),
    ('F02', '楼内充电、飞线', 'E-bike charging indoors or by a cable from a window', 'P1', false, '{GC47(7)}', 0),
    ('G01', '消火栓埋压遮挡', 'Hydrant obstructed', 'P1', false, '{XF60(4),61-31(4)}', 0),
    ('G02', '灭火器遮挡、挪用', 'Extinguisher blocked or misused', 'P2', false, '{61-31(4),XF60(2)}', 0),
    ('H01', '燃气设施通道占压', 'Access to gas equipment obstructed', 'P1', false, '{城镇燃气管理条例41,城镇燃气管理条例48}', 3),
    ('H02', '有限空间出入口堵塞、无警示', 'Confined-space access blocked or unmarked', 'P1', false, '{AQ}', 1),
    ('H03', '站房出口锁闭', 'Plant-room exit locked', 'P1', false, '{AQ42,AQ105}', 0),
    ('H04', '公交车应急门、安全锤失效', 'Bus emergency exit or hammer defective', 'P1', false, '{}', 1),
    ('J01', '生产、储存、经营与住宿合用', 'Living quarters combined with production, storage or trade', 'P1', true, '{XF61,AQ42(1)}', 15),
    ('Z99', '其他', 'Other', 'P3', false, '{}', 15);
