// Databases as pawl wrote them with schema 2, before identities and lives, and the statements of a program of that time.
#ifndef PAWL_TESTS_SQLITE_SCHEMA_2_HPP
#define PAWL_TESTS_SQLITE_SCHEMA_2_HPP

namespace schema_2 {

inline constexpr char const* records = R"(
CREATE TABLE pawl_meta(table_name TEXT PRIMARY KEY,lifecycle TEXT NOT NULL,fingerprint TEXT NOT NULL,schema INTEGER NOT NULL) STRICT;
CREATE TABLE pawl_states(table_name TEXT,code INTEGER,name TEXT NOT NULL,PRIMARY KEY(table_name,name)) STRICT;
CREATE TABLE pawl_trouble(table_name TEXT NOT NULL,key TEXT NOT NULL,version INTEGER NOT NULL,attempts INTEGER NOT NULL,recoveries INTEGER NOT NULL,next_at INTEGER,since INTEGER,parked INTEGER NOT NULL,in_doubt INTEGER NOT NULL,run INTEGER NOT NULL,last_error TEXT NOT NULL,PRIMARY KEY(table_name,key)) STRICT,WITHOUT ROWID;
CREATE INDEX pawl_trouble_due ON pawl_trouble(table_name,next_at) WHERE next_at IS NOT NULL AND parked=0;
CREATE INDEX pawl_trouble_retry ON pawl_trouble(table_name,next_at) WHERE next_at IS NOT NULL AND parked=0 AND run<>0;
CREATE INDEX pawl_trouble_start ON pawl_trouble(table_name,next_at) WHERE next_at IS NOT NULL AND parked=0 AND run=0;
)";

// The table of a lifecycle `letter` {written, sent, delivered}: three letters, of which one is parked and one delayed, one
// that has arrived, and what a deleted one has left.
inline constexpr char const* own_table = R"(
PRAGMA application_id=1885435756;
PRAGMA user_version=2;
CREATE TABLE [letter](id INTEGER PRIMARY KEY,key TEXT NOT NULL UNIQUE,state INTEGER NOT NULL,version INTEGER NOT NULL,changed_at INTEGER NOT NULL,data BLOB) STRICT;
CREATE VIEW [letter_view] AS SELECT t.id,t.key,coalesce(s.name,'code '||t.state) AS state,t.version,strftime('%Y-%m-%dT%H:%M:%S',t.changed_at/1000000,'unixepoch')||printf('.%06d',t.changed_at%1000000) AS changed_at FROM [letter] AS t LEFT JOIN pawl_states AS s ON s.table_name='letter' AND s.code=t.state;
INSERT INTO pawl_meta VALUES('letter','letter','0123456789abcdef',2);
INSERT INTO pawl_states VALUES('letter',0,'written'),('letter',1,'sent'),('letter',2,'delivered');
INSERT INTO letter(key,state,version,changed_at) VALUES('ada',0,0,1),('bob',0,2,1),('eve',0,4,1),('old',2,2,1);
INSERT INTO pawl_trouble VALUES('letter','bob',2,3,0,NULL,5,1,0,7,'permanent: no such address'),('letter','eve',4,1,0,9000,5,0,0,7,'transient: busy'),('letter','gone',0,1,0,NULL,5,1,0,7,'permanent: no such address');
)";

// The same in a table of the user's, after it is created: `letters`, with the columns name, state and version.
inline constexpr char const* mapped_table = R"(
INSERT INTO pawl_meta VALUES('letters','letter','0123456789abcdef',2);
INSERT INTO pawl_states VALUES('letters',0,'written'),('letters',1,'sent'),('letters',2,'delivered');
INSERT INTO letters(name,state,version) VALUES('ada','written',0),('bob','written',2),('eve','written',4),('old','delivered',2);
INSERT INTO pawl_trouble VALUES('letters','bob',2,3,0,NULL,5,1,0,7,'permanent: no such address'),('letters','eve',4,1,0,9000,5,0,0,7,'transient: busy'),('letters','gone',0,1,0,NULL,5,1,0,7,'permanent: no such address');
)";

// What a program of schema 2 asks of pawl_meta, writes into it for a table that is new to it, and writes of a trouble.
inline constexpr char const* asks = "SELECT schema,fingerprint FROM pawl_meta WHERE table_name=?1";
inline constexpr char const* makes =
    "INSERT OR REPLACE INTO pawl_meta(table_name,lifecycle,fingerprint,schema) "
    "VALUES('parcel','parcel','0123456789abcdef',2)";
inline constexpr char const* notes =
    "INSERT INTO pawl_trouble(table_name,key,version,attempts,recoveries,next_at,since,parked,in_doubt,run,last_error) "
    "SELECT 'letter',key,version,0,0,NULL,NULL,0,1,1,'' FROM [letter] WHERE [key]='ada' AND [version]=0 AND [state]=0 "
    "ON "
    "CONFLICT(table_name,key) DO UPDATE SET version=excluded.version WHERE NOT(0)";

}  // namespace schema_2

#endif
