ALTER TABLE blacklisted_cards DROP FOREIGN KEY blacklisted_cards_country_id;
