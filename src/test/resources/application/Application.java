import com.agenticverz.nova.enqueue.EnqueueException;
import com.agenticverz.nova.enqueue.RunClient;
import com.agenticverz.nova.run.NewRun;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Collections;

/** An application with nothing on its class path but Nova's classes and the driver. */
public class Application {

    public static void main(String[] arguments) throws Exception {
        String plan = "{\"steps\":[{\"skill\":\"noop\"}]}";
        try (var connection = DriverManager.getConnection(arguments[0], arguments[1], "")) {
            connection.setAutoCommit(false);
            var client = RunClient.on(connection);
            var run = NewRun.with("application", plan).idempotencyKey("once").build();
            var first = client.enqueue(run);
            var again = client.enqueue(run);
            var all = new ArrayList<>(client.enqueueAll(Collections.nCopies(50, NewRun.of("application", plan))));
            all.addAll(client.enqueueAll(Collections.nCopies(2, NewRun.of("application", plan))));
            connection.commit();
            try {
                client.enqueue(NewRun.of("application", "7"));
                throw new AssertionError("a plan that is no object");
            } catch (EnqueueException expected) {
                connection.rollback();
            }
            System.out.println(first.created() + " " + again.created() + " " + all.size());
        }
    }
}
