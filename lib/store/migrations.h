/* The migrations and grants of sql/, put into the program by sql/embed.py. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

struct store_migration {
    int number;
    const char *name, *sql;
};
extern const struct store_migration STORE_MIGRATIONS[];
extern const int STORE_MIGRATIONS_COUNT;
extern const char STORE_GRANTS[];

#endif
