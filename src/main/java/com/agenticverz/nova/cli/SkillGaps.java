package com.agenticverz.nova.cli;

import com.agenticverz.nova.store.StatusStore;
import java.util.List;
import java.util.TreeSet;

/** Which skills a node does not have that others of the cluster have, as in the middle of a deployment. */
final class SkillGaps {

    private final TreeSet<String> everywhere = new TreeSet<>();

    private SkillGaps() {}

    /** Among these nodes. */
    static SkillGaps among(List<StatusStore.Node> nodes) {
        var gaps = new SkillGaps();
        for (var node : nodes) {
            if (node.skills() != null) {
                gaps.everywhere.addAll(node.skills().keySet());
            }
        }
        return gaps;
    }

    /** What this one lacks, sorted; none where it does not say what it has. */
    List<String> of(StatusStore.Node node) {
        var skills = node.skills();
        return skills == null
                ? List.of()
                : everywhere.stream().filter(it -> !skills.containsKey(it)).toList();
    }

    /** The same for people, as the end of its line. */
    String shown(StatusStore.Node node) {
        if (node.skills() == null) {
            return ", does not say which skills it has";
        }
        var missing = of(node);
        return switch (missing.size()) {
            case 0 -> "";
            case 1 -> ", without the skill " + missing.getFirst();
            default -> ", without the skills " + String.join(", ", missing);
        };
    }
}
