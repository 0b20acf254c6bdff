package com.agenticverz.nova.skill;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A skill with a class loader of its own. While its code runs, that is the context class loader of the thread too: by it,
 * libraries find their services, drivers and resources.
 *
 * @param name asked for once
 */
record IsolatedSkill(String name, Skill skill, ClassLoader loader) implements Skill {

    /** What is done with that class loader. */
    interface Call<T extends @Nullable Object, E extends Exception> {
        T call() throws E;
    }

    static <T extends @Nullable Object, E extends Exception> T with(ClassLoader loader, Call<T, E> call) throws E {
        var thread = Thread.currentThread();
        var before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return call.call();
        } finally {
            // The thread executes runs of other skills after this one.
            thread.setContextClassLoader(before);
        }
    }

    @Override
    public String description() {
        return with(loader, skill::description);
    }

    @Override
    public @Nullable String paramsSchema() {
        return with(loader, skill::paramsSchema);
    }

    @Override
    public void configure(Map<String, Object> settings) {
        with(loader, () -> {
            skill.configure(settings);
            return null;
        });
    }

    @Override
    public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
        return with(loader, () -> skill.run(params, context));
    }

    @Override
    public void close() {
        with(loader, () -> {
            skill.close();
            return null;
        });
    }
}
