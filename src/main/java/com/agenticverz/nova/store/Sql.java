package com.agenticverz.nova.store;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.locator.ClasspathSqlLocator;

/** Finds a statement by its name: {@code claim} is {@code claim.sql} beside this class. Its comments stay in it. */
final class Sql {

    private static final ClasspathSqlLocator LOCATOR = ClasspathSqlLocator.create();
    private static final Map<String, String> STATEMENTS = new ConcurrentHashMap<>();
    private static final String FOLDER = Sql.class.getPackageName().replace('.', '/') + "/";

    private Sql() {}

    static String named(String name) {
        return STATEMENTS.computeIfAbsent(
                name, it -> LOCATOR.getResource(Sql.class.getClassLoader(), FOLDER + it + ".sql"));
    }
}
