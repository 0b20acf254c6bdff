package com.agenticverz.nova.store;

import java.util.List;

/** Somebody named a node that is not there; nothing was changed. Its message says which ones are. */
public final class UnknownNodeException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;
    private static final int MOST_NAMED = 20;

    UnknownNodeException(String name, List<String> addresses) {
        super("there is no node '" + name.replaceAll("\\p{Cntrl}", " ") + "'; " + there(addresses));
    }

    private static String there(List<String> addresses) {
        if (addresses.isEmpty()) {
            return "there is none at the moment";
        }
        var named = addresses.stream().limit(MOST_NAMED).toList();
        int others = addresses.size() - named.size();
        return "there are " + String.join(", ", named) + (others > 0 ? " and " + others + " others" : "");
    }
}
