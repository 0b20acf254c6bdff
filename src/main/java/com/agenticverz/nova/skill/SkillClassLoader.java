package com.agenticverz.nova.skill;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;

/**
 * Loads the classes of one skill and its libraries. Of Nova it sees what skills are written against and nothing else, so
 * that a skill has the versions of libraries that it brings, whatever Nova or another skill has.
 */
final class SkillClassLoader extends URLClassLoader {

    static {
        registerAsParallelCapable();
    }

    SkillClassLoader(String name, URL[] jars) {
        super(name, jars, new Visible());
    }

    /** The JDK, the interface of skills, and the interface of logging, which leads into Nova's log. */
    private static final class Visible extends ClassLoader {

        private static final List<String> PACKAGES = List.of(Skill.class.getPackageName() + ".", "org.slf4j.");

        static {
            registerAsParallelCapable();
        }

        Visible() {
            super(ClassLoader.getPlatformClassLoader());
        }

        /** Asked for what the JDK has not. Resources of Nova are none of a skill's: its services would be found again. */
        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (PACKAGES.stream().noneMatch(name::startsWith)) {
                throw new ClassNotFoundException(name);
            }
            return Class.forName(name, false, Skill.class.getClassLoader());
        }
    }
}
