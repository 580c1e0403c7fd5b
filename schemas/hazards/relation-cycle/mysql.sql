-- relation-cycle: a team has a lead, who is a member of the team. No order of the two tables satisfies both relations.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE teams (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    lead_id   bigint unsigned,
    name      varchar(60) NOT NULL,
    CONSTRAINT teams_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE members (
    id      bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    team_id bigint unsigned NOT NULL,
    name    varchar(60) NOT NULL,
    CONSTRAINT members_team FOREIGN KEY (team_id) REFERENCES teams (id)
);

ALTER TABLE teams ADD CONSTRAINT teams_lead FOREIGN KEY (lead_id) REFERENCES members (id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO teams (id, client_id, name) VALUES (1, 1, 'Fleet'), (2, 2, 'Garage');

INSERT INTO members (id, team_id, name) VALUES (1, 1, 'Ines'), (2, 1, 'Joao'), (3, 2, 'Karla');

UPDATE teams SET lead_id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 3 END;
