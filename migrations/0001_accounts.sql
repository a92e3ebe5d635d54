-- Organizations form a tree; people hold roles in organizations and a role covers the subtree below.

CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    parent_id uuid REFERENCES organizations (id),
    code text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9-]{1,32}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100)
);
CREATE INDEX organizations_parent_id ON organizations (parent_id);
COMMENT ON COLUMN organizations.code IS 'Administrative division code (GB/T 2260) or an internal one; the head of every hazard number.';

-- The tree's closure, every organization being below itself, so that reading "all below" never recurses.
CREATE TABLE organization_subtrees (
    ancestor_id uuid NOT NULL REFERENCES organizations (id),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (ancestor_id, organization_id)
);
CREATE INDEX organization_subtrees_organization_id ON organization_subtrees (organization_id);

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    account text NOT NULL UNIQUE CHECK (account ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);

CREATE TABLE roles (
    role text PRIMARY KEY
);

CREATE TABLE role_permissions (
    role text NOT NULL REFERENCES roles (role),
    permission text NOT NULL CHECK (permission ~ '^[a-z]+:[a-z]+$'),
    PRIMARY KEY (role, permission)
);

CREATE TABLE memberships (
    account_id uuid NOT NULL REFERENCES accounts (id),
    role text NOT NULL REFERENCES roles (role),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (account_id, role, organization_id)
);
CREATE INDEX memberships_role ON memberships (role);
CREATE INDEX memberships_organization_id ON memberships (organization_id);

-- Only the hash of a session token is kept: a copy of this table signs nobody in.
CREATE TABLE sessions (
    token_sha256 bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
    account_id uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account_id ON sessions (account_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- Every try to sign in, by what was typed and from where; old rows are swept.
CREATE TABLE sign_in_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL,
    address inet NOT NULL,
    at timestamptz NOT NULL,
    succeeded boolean NOT NULL
);
CREATE INDEX sign_in_attempts_account ON sign_in_attempts (account, at);
CREATE INDEX sign_in_attempts_address ON sign_in_attempts (address, at);

INSERT INTO roles (role) VALUES
    ('admin'), ('approver'), ('auditor'), ('desk'), ('editor'), ('inspector'), ('owner'), ('publisher'), ('reviewer');

INSERT INTO role_permissions (role, permission) VALUES
    ('approver', 'case:read'), ('approver', 'case:review'), ('approver', 'hazard:read'), ('approver', 'hazard:review'),
    ('auditor', 'case:read'), ('auditor', 'hazard:read'),
    ('desk', 'hazard:assign'), ('desk', 'hazard:read'), ('desk', 'hazard:register'), ('desk', 'hazard:reopen'),
    ('desk', 'hazard:report'), ('desk', 'photo:upload'),
    ('editor', 'case:draft'), ('editor', 'case:read'), ('editor', 'hazard:read'),
    ('inspector', 'hazard:read'), ('inspector', 'hazard:report'), ('inspector', 'photo:upload'),
    ('owner', 'hazard:rectify'), ('owner', 'photo:upload'),
    ('publisher', 'case:publish'), ('publisher', 'case:read'), ('publisher', 'case:retract'),
    ('reviewer', 'case:read'), ('reviewer', 'case:review'), ('reviewer', 'hazard:read'), ('reviewer', 'hazard:review'),
    ('reviewer', 'photo:upload');
