-- The whole loop: every state, every action's traces, where a hazard came from and who answers for its place.

ALTER TABLE events DROP CONSTRAINT events_subject_check;
ALTER TABLE events ADD CONSTRAINT events_subject_check CHECK (subject IN
    ('account', 'area', 'attachment', 'calendar', 'case', 'category', 'checkpoint', 'hazard', 'notice', 'organization',
     'photo', 'premises', 'visit'));

INSERT INTO role_permissions (role, permission) VALUES
    ('admin', 'place:manage'), ('admin', 'place:read'),
    ('approver', 'hazard:approve'), ('approver', 'hazard:grade'), ('approver', 'hazard:supervise'), ('approver', 'hazard:urge'),
    ('approver', 'notice:read'), ('approver', 'place:read'), ('approver', 'statistics:read'), ('approver', 'visit:read'),
    ('auditor', 'notice:read'), ('auditor', 'place:read'), ('auditor', 'statistics:read'), ('auditor', 'visit:read'),
    ('desk', 'hazard:file'), ('desk', 'hazard:grade'), ('desk', 'hazard:informant'), ('desk', 'hazard:serve'),
    ('desk', 'hazard:supervise'), ('desk', 'hazard:urge'), ('desk', 'notice:issue'), ('desk', 'notice:read'),
    ('desk', 'place:manage'), ('desk', 'place:read'), ('desk', 'statistics:read'), ('desk', 'visit:read'),
    ('desk', 'visit:record'),
    ('inspector', 'hazard:file'), ('inspector', 'hazard:serve'), ('inspector', 'hazard:urge'),
    ('inspector', 'notice:read'), ('inspector', 'place:read'), ('inspector', 'visit:read'),
    ('inspector', 'visit:record'),
    ('owner', 'hazard:selfcheck'), ('owner', 'place:read'),
    ('reviewer', 'hazard:urge'), ('reviewer', 'notice:read'), ('reviewer', 'place:read'),
    ('reviewer', 'statistics:read'), ('reviewer', 'visit:read');

ALTER TABLE hazards
    DROP CONSTRAINT hazards_state_check,
    ADD CONSTRAINT hazards_state_check CHECK (state IN
        ('reported', 'registered', 'assigned', 'rectifying', 'pending_review', 'pending_close', 'closed', 'invalid',
         'duplicate', 'transferred')),
    ADD COLUMN category_edition date NOT NULL DEFAULT '2000-01-01',
    ADD COLUMN level text NOT NULL DEFAULT 'general' CHECK (level IN ('general', 'major')),
    ADD COLUMN source text NOT NULL DEFAULT 'inspection'
        CHECK (source IN ('inspection', 'self_check', 'resident', 'transferred')),
    -- The visit may arrive after the hazards found on it, so this is no foreign key.
    ADD COLUMN visit_id uuid,
    ADD COLUMN premises_id uuid REFERENCES premises (id),
    ADD COLUMN checkpoint_id uuid REFERENCES checkpoints (id),
    ADD COLUMN checkpoint_token text CHECK (checkpoint_token IN ('valid', 'superseded', 'revoked')),
    ADD COLUMN jurisdiction text NOT NULL DEFAULT 'reporter'
        CHECK (jurisdiction IN ('named', 'checkpoint', 'premises', 'area', 'reporter')),
    ADD COLUMN proposed_owner_id uuid REFERENCES accounts (id),
    ADD COLUMN original_id uuid REFERENCES hazards (id),
    ADD COLUMN represented_name text,
    ADD COLUMN represented_contact text,
    ADD COLUMN external_case_no text,
    ADD COLUMN grid_code text,
    ADD COLUMN external_codes jsonb,
    ADD COLUMN review_due_at timestamptz,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN shelved_at timestamptz,
    ADD COLUMN supervision_limit_at timestamptz,
    ADD COLUMN details jsonb NOT NULL DEFAULT '{}',
    ADD FOREIGN KEY (category, category_edition) REFERENCES category_editions (code, valid_from),
    DROP CONSTRAINT hazards_check2,
    -- Somebody answers for everything between the assignment and the close; what was fixed on the spot had no owner.
    ADD CHECK (state = 'closed' OR (owner_id IS NOT NULL) = (state IN ('assigned', 'rectifying', 'pending_review', 'pending_close'))),
    DROP CONSTRAINT hazards_check3,
    -- Before an order is served there is an owner without a deadline, never a deadline without an owner.
    ADD CHECK (due_at IS NULL OR owner_id IS NOT NULL),
    ADD CHECK ((state = 'duplicate') = (original_id IS NOT NULL)),
    ADD CHECK (original_id <> id),
    ADD CHECK (represented_contact IS NULL OR represented_name IS NOT NULL);
COMMENT ON COLUMN hazards.represented_name IS 'Who could not file it themselves. An informant''s identity is sealed (Work Safety Law, 73 to 76): no owner ever sees it.';
COMMENT ON COLUMN hazards.details IS 'Arrangements, supervision, shelving and ending, each as its event told it.';
COMMENT ON COLUMN hazards.checkpoint_token IS 'How good the scanned token was; one that is revoked or superseded is a flag for the reviewer.';

UPDATE hazards h SET closed_at = r.closed_at FROM hazard_rounds r
    WHERE r.hazard_id = h.id AND r.round = h.round AND h.state = 'closed';
ALTER TABLE hazards ADD CHECK ((state = 'closed') = (closed_at IS NOT NULL));

CREATE INDEX hazards_category_category_edition ON hazards (category, category_edition);
CREATE INDEX hazards_premises_id ON hazards (premises_id) WHERE premises_id IS NOT NULL;
CREATE INDEX hazards_checkpoint_id ON hazards (checkpoint_id) WHERE checkpoint_id IS NOT NULL;
CREATE INDEX hazards_visit_id ON hazards (visit_id) WHERE visit_id IS NOT NULL;
CREATE INDEX hazards_proposed_owner_id ON hazards (proposed_owner_id) WHERE proposed_owner_id IS NOT NULL;
CREATE INDEX hazards_original_id ON hazards (original_id) WHERE original_id IS NOT NULL;

ALTER TABLE hazard_rounds
    ADD COLUMN level text NOT NULL DEFAULT 'general' CHECK (level IN ('general', 'major')),
    ADD COLUMN clock text CHECK (clock IN ('notification', 'service')),
    ADD COLUMN clock_started_at timestamptz,
    ADD COLUMN original_due_at timestamptz,
    ADD COLUMN catalogue_due_at timestamptz,
    ADD COLUMN due_reason text,
    ADD COLUMN notice_id uuid REFERENCES notices (id),
    ADD COLUMN service jsonb,
    ADD COLUMN refusal jsonb,
    ADD COLUMN urged smallint NOT NULL DEFAULT 0,
    ADD COLUMN on_the_spot boolean NOT NULL DEFAULT false,
    ADD COLUMN hand_back_reason text,
    ADD COLUMN closed_by uuid REFERENCES accounts (id);
CREATE INDEX hazard_rounds_notice_id ON hazard_rounds (notice_id) WHERE notice_id IS NOT NULL;
CREATE INDEX hazard_rounds_closed_by ON hazard_rounds (closed_by);
COMMENT ON COLUMN hazard_rounds.original_due_at IS 'An extension moves due_at and never this.';
COMMENT ON COLUMN hazard_rounds.clock IS 'What the owner''s time runs from. It never runs from the report.';

ALTER TABLE hazard_attempts
    ADD COLUMN represented_name text,
    ADD COLUMN cost_yuan bigint CHECK (cost_yuan >= 0),
    ADD COLUMN close_outcome text CHECK (close_outcome IN ('approved', 'refused')),
    ADD COLUMN close_remarks text,
    ADD COLUMN close_decided_at timestamptz,
    ADD COLUMN close_decided_by uuid REFERENCES accounts (id),
    ADD CHECK (num_nonnulls(close_outcome, close_decided_at, close_decided_by) IN (0, 3)),
    ADD CHECK (close_outcome IS NULL OR outcome = 'passed'),
    -- Reviewer and approver of a major hazard are two people, whatever the code above believes.
    ADD CHECK (close_decided_by <> decided_by AND close_decided_by <> submitted_by);
CREATE INDEX hazard_attempts_close_decided_by ON hazard_attempts (close_decided_by) WHERE close_decided_by IS NOT NULL;

-- A decided attempt may still get the approver's decision, once.
DROP TRIGGER hazard_attempts_decided ON hazard_attempts;
CREATE TRIGGER hazard_attempts_decided BEFORE UPDATE ON hazard_attempts
    FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL AND (OLD.close_decided_at IS NOT NULL OR NEW.close_decided_at IS NULL
        OR (OLD.hazard_id, OLD.round, OLD.attempt, OLD.submitted_at, OLD.submitted_by, OLD.measures, OLD.outcome,
            OLD.mode, OLD.remarks, OLD.decided_at, OLD.decided_by, OLD.represented_name, OLD.cost_yuan)
        IS DISTINCT FROM
           (NEW.hazard_id, NEW.round, NEW.attempt, NEW.submitted_at, NEW.submitted_by, NEW.measures, NEW.outcome,
            NEW.mode, NEW.remarks, NEW.decided_at, NEW.decided_by, NEW.represented_name, NEW.cost_yuan)))
    EXECUTE FUNCTION refuse_change_of_past();

CREATE TABLE hazard_extensions (
    hazard_id uuid NOT NULL,
    round smallint NOT NULL,
    number smallint NOT NULL CHECK (number > 0),
    requested_at timestamptz NOT NULL,
    requested_by uuid NOT NULL REFERENCES accounts (id),
    until timestamptz NOT NULL,
    reason text NOT NULL,
    granted boolean,
    granted_until timestamptz,
    remarks text,
    decided_at timestamptz,
    decided_by uuid REFERENCES accounts (id),
    PRIMARY KEY (hazard_id, round, number),
    FOREIGN KEY (hazard_id, round) REFERENCES hazard_rounds (hazard_id, round),
    CHECK (num_nonnulls(granted, decided_at, decided_by) IN (0, 3)),
    CHECK ((granted IS TRUE) = (granted_until IS NOT NULL)),
    CHECK (decided_by <> requested_by)
);
CREATE INDEX hazard_extensions_requested_by ON hazard_extensions (requested_by);
CREATE INDEX hazard_extensions_decided_by ON hazard_extensions (decided_by);
CREATE TRIGGER hazard_extensions_decided BEFORE UPDATE ON hazard_extensions
    FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_past();
CREATE TRIGGER hazard_extensions_kept BEFORE DELETE ON hazard_extensions
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_past();
