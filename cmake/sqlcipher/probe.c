/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is this SQLCipher good enough? Exit 0 and its version if it is 4.5 or newer and an FTS5 table that really
 * deletes works in an encrypted database; otherwise 1 and the reason. */
#include <sqlite3.h>
#include <stdio.h>

static char version[64];

static int keepVersion(void* unused, int columns, char** values, char** names) {
    (void)unused;
    (void)names;
    if (columns > 0 && values[0]) {
        snprintf(version, sizeof version, "%s", values[0]);
    }
    return 0;
}

int main(void) {
    sqlite3* db = NULL;
    int major = 0;
    int minor = 0;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK || sqlite3_key(db, "probe", 5) != SQLITE_OK) {
        printf("it cannot open a database");
        return 1;
    }
    sqlite3_exec(db, "PRAGMA cipher_version", keepVersion, NULL, NULL);
    if (sscanf(version, "%d.%d", &major, &minor) != 2 || major < 4 || (major == 4 && minor < 5)) {
        printf("cipher_version is %s, 4.5 is needed", version[0] ? version : "unknown");
        return 1;
    }
    if (sqlite3_exec(
            db, "CREATE VIRTUAL TABLE t USING fts5(x); INSERT INTO t VALUES('word'); SELECT * FROM t('word')",
            NULL, NULL, NULL) != SQLITE_OK) {
        printf("no FTS5");
        return 1;
    }
    /* Since SQLite 3.42. */
    if (sqlite3_exec(db, "INSERT INTO t(t, rank) VALUES('secure-delete', 1)", NULL, NULL, NULL) !=
        SQLITE_OK) {
        printf("its FTS5 leaves traces of what is deleted");
        return 1;
    }
    printf("%s", version);
    return 0;
}
