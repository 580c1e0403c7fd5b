-- The version as one number (3.40.1 is 3040001) besides its text, and whether ANALYZE ever ran.
select sqlite_version(),
       cast(substr(sqlite_version(), 1, 1) as integer) * 1000000
           + cast(substr(sqlite_version(), 3) as integer) * 1000 as version_number,
       exists (select 1 from sqlite_master where type = 'table' and name = 'sqlite_stat1') as analysed
