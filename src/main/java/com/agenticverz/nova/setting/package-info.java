/**
 * How a setting is read, and how a bad one is said.
 *
 * <p>Each part of Nova owns a small record of its settings and, beside it, one {@link
 * com.agenticverz.nova.setting.Setting} for each component: its key in {@code nova.conf} and what is allowed. The
 * record's constructor checks every value again, so that no object with a bad setting exists, wherever it came from.
 * The root ({@code node.Settings}) knows which environment variable and which flag belong to a key, and says those in
 * the message.
 *
 * <p>Failure: {@link com.agenticverz.nova.setting.SettingException}, one line for each bad setting: which one, its
 * value, what is allowed, and that Nova did not start. Nothing is corrected on the way. A secret never gets into a
 * message.
 *
 * <p>Nothing but the JDK, because every other package stands on this one.
 */
@NullMarked
package com.agenticverz.nova.setting;

import org.jspecify.annotations.NullMarked;
