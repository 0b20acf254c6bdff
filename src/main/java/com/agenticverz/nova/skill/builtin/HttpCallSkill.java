package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.net.InetAddress;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Calls a server by HTTP/1.1 and returns its answer; {@code skills.md} has params, output and settings, {@link HttpCaller}
 * how it is done.
 */
public final class HttpCallSkill implements Skill {

    private final HttpCaller.Resolver resolver;
    private final @Nullable SSLContext tls;
    private HttpCallSettings settings = HttpCallSettings.of("http_call", Map.of());

    /** With the JDK's resolver and the certificates that it trusts. */
    public HttpCallSkill() {
        this(InetAddress::getAllByName, null);
    }

    HttpCallSkill(HttpCaller.Resolver resolver, @Nullable SSLContext tls) {
        this.resolver = resolver;
        this.tls = tls;
    }

    @Override
    public String name() {
        return "http_call";
    }

    @Override
    public String description() {
        return "calls a server by HTTP and returns its answer";
    }

    @Override
    public void configure(Map<String, Object> given) {
        settings = HttpCallSettings.of(name(), given);
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
        var call = HttpCall.of(params, settings, context);
        var exchange = new HttpCaller(settings, resolver, tls).call(call, UnaryOperator.identity());
        var answer = exchange.answer();
        if (answer.cut()) {
            throw SkillFailure.permanent(exchange.request() + " answered " + answer.status() + " with more than "
                    + call.maxResponseBytes() + " bytes (max_response_bytes)");
        }
        return answer.output(exchange.request());
    }
}
