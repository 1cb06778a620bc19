import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A conversation with {@code zcpolicy resolve --jsonl}: one process for many migrations.
 *
 * <p>A scenario goes in as one line of JSON and its answer comes back as one line. The process is
 * started when it is first needed. If it dies, it is started again and asked again, which is safe,
 * since an answer depends on its scenario alone. If an answer takes too long, the process is ended,
 * so that a late answer cannot be taken for that of another question.
 */
public final class ZcpolicyClient implements AutoCloseable {
    private final List<String> command;
    private final Duration timeout;
    private Process process;
    private BufferedWriter questions;
    private BlockingQueue<Optional<String>> answers;

    public ZcpolicyClient(Duration timeout, String... command) {
        this.timeout = timeout;
        this.command = List.copyOf(Arrays.asList(command));
    }

    /** The answer to a scenario, or {@code {"error": ...}} if the scenario cannot be used. */
    public synchronized String resolve(String scenario)
            throws IOException, InterruptedException, TimeoutException {
        if (scenario.indexOf('\n') >= 0 || scenario.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("a scenario is one line of JSON");
        }
        for (int attempt = 0; attempt < 2; attempt++) {
            Optional<String> answer = ask(scenario);
            if (answer.isPresent()) {
                return answer.get();
            }
            close(); // it died: start it again and ask again
        }
        throw new IOException(command + " ends without an answer");
    }

    private Optional<String> ask(String scenario)
            throws IOException, InterruptedException, TimeoutException {
        if (process == null) {
            start();
        }
        try {
            questions.write(scenario);
            questions.write('\n');
            questions.flush();
        } catch (IOException e) {
            return Optional.empty(); // nobody reads any more
        }
        Optional<String> answer = answers.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (answer == null) {
            close();
            throw new TimeoutException("no answer within " + timeout);
        }
        return answer;
    }

    private void start() throws IOException {
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        questions = new BufferedWriter(
                new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        BlockingQueue<Optional<String>> queue = new LinkedBlockingQueue<>();
        answers = queue;
        BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        Thread reader = new Thread(() -> {
            try {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    queue.add(Optional.of(line));
                }
            } catch (IOException e) {
                // The process is gone, which is what the empty answer says.
            }
            queue.add(Optional.empty());
        }, "zcpolicy answers");
        reader.setDaemon(true);
        reader.start();
    }

    /** Ends the process; the next question starts another. */
    @Override
    public synchronized void close() {
        if (process != null) {
            process.destroyForcibly();
            process = null;
        }
    }

    /** The number of the process, for whoever watches over it. */
    public synchronized long pid() {
        return process == null ? -1 : process.pid();
    }
}
