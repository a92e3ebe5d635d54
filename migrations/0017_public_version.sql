-- One number for everything public: whoever keeps a rendered page asks for it before each use.

CREATE TABLE public_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO public_version DEFAULT VALUES;

-- By trigger, so that nothing can change what the public sees without changing the number.
CREATE FUNCTION count_public_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public_version SET version = version + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER public_cases_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public_cases
    FOR EACH STATEMENT EXECUTE FUNCTION count_public_change();
CREATE TRIGGER public_case_texts_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public_case_texts
    FOR EACH STATEMENT EXECUTE FUNCTION count_public_change();
CREATE TRIGGER public_case_pictures_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public_case_pictures
    FOR EACH STATEMENT EXECUTE FUNCTION count_public_change();
