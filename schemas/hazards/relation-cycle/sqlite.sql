-- relation-cycle: a team has a lead, who is a member of the team. No order of the two tables satisfies both relations.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE teams (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    lead_id   INTEGER REFERENCES members (id),
    name      VARCHAR(60) NOT NULL
);

CREATE INDEX teams_client ON teams (client_id);

CREATE TABLE members (
    id      INTEGER PRIMARY KEY,
    team_id INTEGER NOT NULL REFERENCES teams (id),
    name    VARCHAR(60) NOT NULL
);

CREATE INDEX members_team ON members (team_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO teams (id, client_id, name) VALUES (1, 1, 'Fleet'), (2, 2, 'Garage');

INSERT INTO members (id, team_id, name) VALUES (1, 1, 'Ines'), (2, 1, 'Joao'), (3, 2, 'Karla');

UPDATE teams SET lead_id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 3 END;
