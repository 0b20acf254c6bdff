package com.agenticverz.nova.console;

import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.store.Database;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/** The HTTP server of a node. */
public final class Console implements AutoCloseable {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Javalin server;
    private final String url;

    private Console(Javalin server, String url) {
        this.server = server;
        this.url = url;
    }

    /**
     * Listens, and returns when it does.
     *
     * @param metrics the metrics in Prometheus' text format
     * @param readiness whether the node takes runs at the moment
     * @param database where the API does what it is asked for; gives null until it is there
     * @throws SettingException when the host is not this one's or the port is taken
     */
    public static Console start(
            HttpSettings settings,
            Supplier<String> metrics,
            Supplier<Readiness> readiness,
            Supplier<@Nullable Database> database) {
        InetAddress address = addressOf(settings.host());
        ServerSocketChannel socket = listen(settings, address);
        Javalin server = Javalin.create(config -> {
            quieten(config);
            config.concurrency.useVirtualThreads = true;
            config.jetty.addConnector((jetty, http) -> connector(jetty, http, socket));
            config.routes.get(
                    "/metrics", request -> request.contentType(PROMETHEUS_TEXT).result(metrics.get()));
            config.routes.get("/health/live", request -> request.json(Map.of("live", true)));
            config.routes.get("/health/ready", request -> answer(request, readiness.get()));
            new Api(settings.apiToken(), database).register(config.routes);
            config.routes.error(HttpStatus.NOT_FOUND, Console::missing);
        });
        server.start();
        return new Console(server, "http://" + forUrl(settings.host(), address) + ":" + server.port());
    }

    /** Where people reach it, with the port that it really got, and without a slash at the end. */
    public String url() {
        return url;
    }

    /** Stops listening. */
    @Override
    public void close() {
        server.stop();
    }

    /** Javalin greets with a banner, and warns when it is some months old. */
    private static void quieten(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
    }

    private static void answer(Context request, Readiness readiness) {
        String reason = readiness.reason();
        if (reason == null) {
            request.json(Map.of("ready", true));
        } else {
            request.status(HttpStatus.SERVICE_UNAVAILABLE).json(new NotReady(false, reason));
        }
    }

    private static void missing(Context request) {
        if (!Problem.isWritten(request)) {
            request.json(Map.of("error", "there is no " + request.path()));
        }
    }

    /** As JSON, in this order. */
    private record NotReady(boolean ready, String reason) {}

    private static InetAddress addressOf(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            if (!address.isAnyLocalAddress() && NetworkInterface.getByInetAddress(address) == null) {
                throw new SettingException(
                        "HTTP_HOST", host, "is not an address of this host; 127.0.0.1 and 0.0.0.0 always are");
            }
            return address;
        } catch (UnknownHostException unknown) {
            throw new SettingException("HTTP_HOST", host, "is a name that leads to no address");
        } catch (SocketException noInterfaces) {
            throw new SettingException("HTTP_HOST", host, "cannot be checked: " + noInterfaces.getMessage());
        }
    }

    /** Listens before there is a server: one that finds its port taken has a lot to say about it. */
    private static ServerSocketChannel listen(HttpSettings settings, InetAddress address) {
        try {
            return ServerSocketChannel.open().bind(new InetSocketAddress(address, settings.port()));
        } catch (IOException refusal) {
            String reason = String.valueOf(refusal.getMessage());
            String fault = reason.contains("in use") ? "is in use on " : "cannot be opened (" + reason + ") on ";
            throw new SettingException(
                    "HTTP_PORT",
                    Integer.toString(settings.port()),
                    fault + settings.host() + "; choose another one, or 0 for any free port");
        }
    }

    private static Connector connector(Server jetty, HttpConfiguration http, ServerSocketChannel socket) {
        try {
            ServerConnector connector = new ServerConnector(jetty, new HttpConnectionFactory(http));
            connector.open(socket);
            return connector;
        } catch (IOException closed) {
            throw new UncheckedIOException(closed);
        }
    }

    /** Nobody can open a wildcard address, and an IPv6 address needs brackets. */
    private static String forUrl(String host, InetAddress address) {
        if (address.isAnyLocalAddress()) {
            return "localhost";
        }
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
