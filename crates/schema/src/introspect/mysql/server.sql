select version(), database(), @@lower_case_table_names
