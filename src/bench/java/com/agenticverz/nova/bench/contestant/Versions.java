package com.agenticverz.nova.bench.contestant;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Which version of a library is on the class path: the name of its jar says it. */
final class Versions {

    private Versions() {}

    static String of(Class<?> type) {
        try {
            var jar = Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .getFileName()
                    .toString();
            return jar.replaceFirst(".*?-(?=[0-9])", "").replaceFirst("\\.jar$", "");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
