-- Deadlines: the bureau's own calendar and periods, the steps by which lateness is told, and the outbox.

-- A year that the library does not know yet becomes known when its State Council notice is entered here.
CREATE TABLE calendar_years (
    year smallint PRIMARY KEY CHECK (year BETWEEN 1970 AND 2199)
);

CREATE TABLE calendar_days (
    year smallint NOT NULL REFERENCES calendar_years (year),
    day date NOT NULL,
    working boolean NOT NULL,
    name text CHECK (length(name) BETWEEN 1 AND 100),
    PRIMARY KEY (year, day),
    CHECK (extract(year FROM day) = year)
);
COMMENT ON TABLE calendar_days IS 'Days that differ from Monday to Friday; they win over what the library says of the same day.';

CREATE TABLE terms (
    name text PRIMARY KEY CHECK (name IN ('recheck_working_days', 'supervision_extension_working_days',
        'supervision_filing_working_days', 'supervision_longest_months')),
    value smallint NOT NULL CHECK (value BETWEEN 1 AND 1000)
);
INSERT INTO terms (name, value) VALUES
    ('recheck_working_days', 3), ('supervision_extension_working_days', 20),
    ('supervision_filing_working_days', 3), ('supervision_longest_months', 12);

CREATE TABLE escalation_steps (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clock text NOT NULL CHECK (clock IN ('rectification', 'review', 'supervision', 'extension')),
    step text NOT NULL CHECK (step IN ('due_soon', 'overdue', 'long_overdue', 'waiting', 'long_waiting')),
    audience text NOT NULL CHECK (audience IN ('owner', 'desk', 'reviewer', 'approver')),
    level text CHECK (level IN ('general', 'major')),
    offset_hours integer NOT NULL CHECK (offset_hours BETWEEN -8760 AND 8760),
    UNIQUE NULLS NOT DISTINCT (clock, step, audience, level),
    -- What is told is a text of its own for each clock and step: an extension is never late, it only waits.
    CHECK ((clock = 'extension') = (step IN ('waiting', 'long_waiting')))
);
COMMENT ON TABLE escalation_steps IS 'Who is told what when: offset_hours after the instant at which something is due; negative is before it. The clock of an extension begins when it is asked for. A level of null is both.';

INSERT INTO escalation_steps (clock, step, audience, level, offset_hours) VALUES
    ('rectification', 'due_soon', 'owner', NULL, -24),
    ('rectification', 'overdue', 'owner', NULL, 0),
    ('rectification', 'overdue', 'desk', NULL, 0),
    ('rectification', 'long_overdue', 'owner', NULL, 24),
    ('rectification', 'long_overdue', 'approver', 'major', 24),
    ('rectification', 'long_overdue', 'approver', 'general', 72),
    ('review', 'due_soon', 'reviewer', NULL, -24),
    ('review', 'overdue', 'reviewer', NULL, 0),
    ('review', 'long_overdue', 'approver', NULL, 72),
    ('supervision', 'due_soon', 'owner', NULL, -720),
    ('supervision', 'due_soon', 'desk', NULL, -720),
    ('supervision', 'overdue', 'owner', NULL, 0),
    ('supervision', 'overdue', 'desk', NULL, 0),
    ('supervision', 'overdue', 'approver', NULL, 0),
    ('extension', 'waiting', 'desk', NULL, 24),
    ('extension', 'long_waiting', 'approver', NULL, 72);

-- The outbox. A channel, when there is one, sends what has no sent_at; until then people read it here.
CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind ~ '^[a-z]+\.[a-z_]+$'),
    subject text NOT NULL CHECK (subject IN ('hazard', 'notice')),
    subject_id uuid NOT NULL,
    account_id uuid REFERENCES accounts (id),
    organization_id uuid REFERENCES organizations (id),
    permission text CHECK (permission ~ '^[a-z]+:[a-z]+$'),
    parameters jsonb NOT NULL DEFAULT '{}',
    dedupe_key text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    read_by uuid REFERENCES accounts (id),
    sent_at timestamptz,
    demo boolean NOT NULL DEFAULT false,
    -- One person, or whoever holds a permission in an organization.
    CHECK (num_nonnulls(account_id, organization_id) = 1),
    CHECK ((organization_id IS NULL) = (permission IS NULL)),
    CHECK ((read_at IS NULL) = (read_by IS NULL))
);
COMMENT ON COLUMN notifications.parameters IS 'Counts only. What is pushed carries no names, addresses or descriptions.';
COMMENT ON COLUMN notifications.read_by IS 'What a desk is told is read once one of its people has read it.';

-- One for each way by which a person is addressed, in the order of the list, so that a page is a walk along it.
CREATE INDEX notifications_account_id ON notifications (account_id, created_at DESC, id DESC)
    WHERE account_id IS NOT NULL;
CREATE INDEX notifications_organization_id ON notifications (organization_id, permission, created_at DESC, id DESC)
    WHERE organization_id IS NOT NULL;
CREATE INDEX notifications_account_id_unread ON notifications (account_id, created_at DESC, id DESC)
    WHERE account_id IS NOT NULL AND read_at IS NULL;
CREATE INDEX notifications_organization_id_unread
    ON notifications (organization_id, permission, created_at DESC, id DESC)
    WHERE organization_id IS NOT NULL AND read_at IS NULL;
CREATE INDEX notifications_read_by ON notifications (read_by) WHERE read_by IS NOT NULL;
CREATE INDEX notifications_unsent ON notifications (created_at, id) WHERE sent_at IS NULL;

-- The steps look for what came due in a stretch of time, among the few hazards whose clock runs.
CREATE INDEX hazards_due_at ON hazards (due_at) WHERE state IN ('assigned', 'rectifying');
CREATE INDEX hazards_review_due_at ON hazards (review_due_at) WHERE state = 'pending_review';
CREATE INDEX hazards_supervision_limit_at ON hazards (supervision_limit_at)
    WHERE supervision_limit_at IS NOT NULL AND state NOT IN ('closed', 'invalid', 'duplicate', 'transferred');
CREATE INDEX hazard_extensions_requested_at ON hazard_extensions (requested_at) WHERE decided_at IS NULL;
