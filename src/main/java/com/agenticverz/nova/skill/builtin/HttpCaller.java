package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.SkillFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks servers by HTTP/1.1, as the settings allow it, until there is an answer that is expected.
 *
 * <p>A request is one thing from the name of the host to the last byte of the body, on a thread of its own, so that a
 * timeout or an interrupt ends all of it. In this order: resolve the name, {@linkplain AddressGuard check} every address
 * that it has, connect to one of them, and only then let the JDK's client speak, through a {@link Relay} that leads to
 * that connection. So the address that was checked is the one that is used, whatever the name means a moment later. A
 * redirect is another request and goes the same way.
 *
 * <p>The client is new for each request, for it belongs to its relay; no connection is kept for the next one.
 */
final class HttpCaller {

    private static final int MOST_REDIRECTS = 5;

    /** Enough of an answer that nobody wants to say in a message what it was. */
    static final int EXCERPT_BYTES = 4096;

    private final HttpCallSettings settings;
    private final Resolver resolver;
    private final @Nullable SSLContext tls;

    /** The addresses of a host. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /**
     * The answer that was expected.
     *
     * @param request the last one, which it answers
     */
    record Exchange(HttpCall.Request request, Answer answer) {}

    /** @param tls whose certificates it trusts; null: those that the JDK does */
    HttpCaller(HttpCallSettings settings, Resolver resolver, @Nullable SSLContext tls) {
        this.settings = settings;
        this.resolver = resolver;
        this.tls = tls;
    }

    /**
     * Asks, and again where the server asks for a wait or sends elsewhere.
     *
     * @param beforeEach what becomes of a request right before it is sent
     * @throws SkillFailure when there is no answer, or none that is expected
     */
    Exchange call(HttpCall call, UnaryOperator<HttpCall.Request> beforeEach) throws InterruptedException {
        var request = call.request();
        int redirects = 0;
        int waits = 0;
        while (true) {
            var sent = beforeEach.apply(request);
            var answer = ask(sent, call);
            if (call.expected().contains(answer.status())) {
                return new Exchange(sent, answer);
            }
            var location = answer.location();
            if (call.followRedirects() && location.isPresent()) {
                if (redirects++ == MOST_REDIRECTS) {
                    throw SkillFailure.permanent(
                            request + " redirects once more; allowed: at most " + MOST_REDIRECTS + " redirects");
                }
                request = redirected(request, answer.status(), location.get());
            } else {
                Thread.sleep(untilNextTry(request, answer, waits++));
            }
        }
    }

    private static HttpCall.Request redirected(HttpCall.Request request, int status, String location) {
        Target to;
        try {
            to = request.target().resolve(location);
        } catch (IllegalArgumentException e) {
            throw SkillFailure.permanent(request + " redirects to " + e.getMessage());
        }
        if (request.target().secure() && !to.secure()) {
            throw SkillFailure.permanent(request + " redirects to " + to + "; allowed: from https only to https");
        }
        return request.redirected(status, to);
    }

    /** How long to wait because the server asks for it; fails when it does not, or asks for too much. */
    private Duration untilNextTry(HttpCall.Request request, Answer answer, int waits) {
        int status = answer.status();
        var said = request + " answered " + status;
        if (status != 429 && status < 500) {
            throw SkillFailure.permanent(said + answer.excerpt());
        }
        var wait = answer.retryAfter();
        if (status != 429 && status != 503 || wait.isEmpty()) {
            throw SkillFailure.retryable(said + answer.excerpt());
        }
        if (wait.get().toSeconds() > settings.maxRetryAfterSeconds()) {
            throw SkillFailure.retryable(
                    said + " and asks to wait " + wait.get().toSeconds() + " s, more than "
                            + settings.maxRetryAfterSeconds() + " s (" + settings.key("max_retry_after_seconds") + ")"
                            + answer.excerpt());
        }
        if (waits == settings.retries()) {
            throw SkillFailure.retryable(said + " and asks to wait once more, after " + waits + " retries ("
                    + settings.key("retries") + ")" + answer.excerpt());
        }
        return wait.get();
    }

    private Answer ask(HttpCall.Request request, HttpCall call) throws InterruptedException {
        var exchange = new FutureTask<>(() -> exchange(request, call));
        Thread.ofVirtual().name("http-call").start(exchange);
        try {
            return exchange.get(call.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw SkillFailure.retryable(
                    request + " timed out after " + call.timeout().toMillis() / 1000.0 + " s (timeout_seconds)");
        } catch (ExecutionException e) {
            throw failure(request, e.getCause());
        } finally {
            // What it blocks on is a socket or the client, and both end with an interrupt.
            exchange.cancel(true);
        }
    }

    private Answer exchange(HttpCall.Request request, HttpCall call) throws IOException, InterruptedException {
        var target = request.target();
        var addresses = resolver.resolve(target.host());
        for (var address : addresses) {
            var refusal = settings.guard().refusal(target.host(), address);
            if (refusal.isPresent()) {
                throw SkillFailure.permanent(request + ": " + refusal.get() + ", which is refused unless "
                        + settings.key("allow") + " has that host or a range around it");
            }
        }
        try (var connection = connect(addresses, target.port(), call.timeout());
                var relay = Relay.to(connection, target.secure())) {
            var client = client(relay);
            try {
                var response = client.send(
                        message(request),
                        info -> new LimitedBody(
                                call.expected().contains(info.statusCode()) ? call.maxResponseBytes() : EXCERPT_BYTES));
                var body = response.body();
                return new Answer(response.statusCode(), response.headers(), body.kept(), body.cut());
            } finally {
                client.shutdownNow();
            }
        }
    }

    /** The first address that answers gets the request; each has its share of the time. */
    private static Socket connect(InetAddress[] addresses, int port, Duration timeout) throws IOException {
        int share = (int) Math.max(1, timeout.toMillis() / addresses.length);
        IOException failure = new IOException("no address");
        for (var address : addresses) {
            // Not by way of a proxy that the JVM may have been given: it would resolve nothing, but nor would it check.
            var socket = new Socket(Proxy.NO_PROXY);
            try {
                socket.connect(new InetSocketAddress(address, port), share);
                socket.setTcpNoDelay(true);
                return socket;
            } catch (IOException e) {
                socket.close();
                failure = e;
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
        }
        throw failure;
    }

    private HttpClient client(Relay relay) {
        var client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(task -> Thread.ofVirtual().name("http-call-client").start(task))
                .proxy(relay.proxy());
        return (tls == null ? client : client.sslContext(tls)).build();
    }

    private static HttpRequest message(HttpCall.Request request) {
        var body = request.body();
        var message = HttpRequest.newBuilder(request.target().uri())
                .method(request.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        request.headers().forEach(message::header);
        return message.build();
    }

    private static RuntimeException failure(HttpCall.Request request, @Nullable Throwable cause) {
        return switch (cause) {
            case SkillFailure failure -> failure;
            case UnknownHostException _ ->
                SkillFailure.retryable(
                        request + " failed: host '" + request.target().host() + "' has no address");
            case IOException e when isAboutACertificate(e) -> SkillFailure.permanent(request + " failed: " + reason(e));
            case IOException e -> SkillFailure.retryable(request + " failed: " + reason(e));
            case RuntimeException e -> e;
            case Error e -> throw e;
            case null, default -> new IllegalStateException(cause);
        };
    }

    /** Nobody but people changes that. */
    private static boolean isAboutACertificate(Throwable failure) {
        for (Throwable it = failure; it != null; it = it.getCause()) {
            if (it instanceof CertificateException) {
                return true;
            }
        }
        return false;
    }

    private static String reason(IOException failure) {
        var message = failure.getMessage();
        return Text.line(
                message == null || message.isBlank() ? failure.getClass().getSimpleName() : message, 200);
    }
}
