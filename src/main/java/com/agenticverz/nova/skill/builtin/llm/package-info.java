/**
 * The skill {@code llm_invoke}: text to a language model and back, through the official SDKs of its providers.
 *
 * <p>The SDKs are large: they bring tens of thousands of classes with them. So only {@code AnthropicProvider} and {@code
 * OpenAiProvider} know them, and the skill makes the one or the other at the first call that wants it: a node that calls
 * no model loads none of it. Both are behind {@link com.agenticverz.nova.skill.builtin.llm.Provider}: they translate, and
 * decide nothing.
 *
 * <p>Failure: the SDKs neither retry nor follow a redirect here. The skill tries again itself, a few times and within the
 * timeout of the call, so that {@code Retry-After} counts and tries do not multiply; everything after that is another
 * attempt of the step or of the run. No message has the key or what the model was told.
 */
@NullMarked
package com.agenticverz.nova.skill.builtin.llm;

import org.jspecify.annotations.NullMarked;
