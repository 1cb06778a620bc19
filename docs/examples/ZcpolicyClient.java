import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * A conversation with {@code zcpolicy resolve --jsonl}: one process for many migrations.
 *
 * <p>A scenario goes in as one line of JSON and its answer comes back as one line. The process is
 * started when it is first needed; its standard error is that of the JVM. Any number of threads may
 * ask; they take turns in the order in which they come.
 *
 * <p>A question that is asked and gets no answer, for whatever reason, ends its process, and the
 * next question starts another. If the process died or hung, the client itself asks once more,
 * which is safe, since an answer depends on its scenario alone.
 */
public final class ZcpolicyClient implements AutoCloseable {
    private final List<String> command;
    private final long timeout;
    private final ReentrantLock turn = new ReentrantLock(true);

    // Guarded by this client's monitor, which no thread holds while it waits for anything.
    private Conversation conversation;
    private boolean closed;

    /**
     * A client; it starts nothing yet.
     *
     * @param timeout of a whole question: waiting for its turn, starting the process, writing,
     *     reading, and asking once more. A process that gives no answer within half of it hangs.
     * @param command the program and its arguments; a script around zcpolicy should exec it, since
     *     what a script starts while it is ended may outlive it
     */
    public ZcpolicyClient(Duration timeout, String... command) {
        this.timeout = timeout.toNanos();
        this.command = List.of(command);
    }

    /**
     * The answer to a scenario, or {@code {"error": ...}} if the scenario cannot be used.
     *
     * @throws IOException if the process cannot be started or dies, twice, or the client is closed
     * @throws InterruptedException if the thread is interrupted before there is an answer
     * @throws TimeoutException if there is no answer in time
     */
    public String resolve(String scenario)
            throws IOException, InterruptedException, TimeoutException {
        if (scenario.indexOf('\n') >= 0 || scenario.indexOf('\r') >= 0
                || !StandardCharsets.UTF_8.newEncoder().canEncode(scenario)) {
            throw new IllegalArgumentException("a scenario is one line of JSON in UTF-8");
        }
        byte[] question = (scenario + '\n').getBytes(StandardCharsets.UTF_8);
        long deadline = System.nanoTime() + timeout;
        try {
            return ask(question, deadline);
        } catch (IOException | TimeoutException e) {
            if (deadline - System.nanoTime() <= 0) {
                throw e;
            }
            return ask(question, deadline); // behind those who wait already
        }
    }

    private String ask(byte[] question, long deadline)
            throws IOException, InterruptedException, TimeoutException {
        if (!turn.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            throw new TimeoutException("no turn in time to ask " + command);
        }
        try {
            long left = deadline - System.nanoTime();
            return conversation().ask(question, Math.min(left, timeout / 2));
        } finally {
            turn.unlock();
        }
    }

    private synchronized Conversation conversation() throws IOException {
        if (closed) {
            throw new IOException("the client is closed");
        }
        if (conversation == null || conversation.isEnded()) {
            conversation = new Conversation(command);
        }
        return conversation;
    }

    /**
     * Ends the process, for good: every question in flight, waiting or to come throws IOException.
     *
     * <p>Any thread may call it. It does not wait, neither for questions nor for the process.
     */
    @Override
    public void close() {
        Conversation last;
        synchronized (this) {
            closed = true;
            last = conversation;
        }
        if (last != null) {
            last.end();
        }
    }

    /** The number of the process, for whoever watches over it, or -1; does not wait either. */
    public synchronized long pid() {
        return conversation == null ? -1 : conversation.pid();
    }

    /**
     * A process and the thread that talks to it.
     *
     * <p>The thread reads an answer right after it wrote the question, for the one Future of that
     * question. An answer that nobody waits for any more is therefore never another's.
     */
    private static final class Conversation {
        private final List<String> command;
        private final ExecutorService talker = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "zcpolicy conversation");
            thread.setDaemon(true);
            return thread;
        });
        private Process process;
        private Future<String> answer;
        private boolean ended;

        Conversation(List<String> command) {
            this.command = command;
        }

        String ask(byte[] question, long nanos)
                throws IOException, InterruptedException, TimeoutException {
            FutureTask<String> asked = new FutureTask<>(() -> talk(question));
            boolean answered = false;
            try {
                synchronized (this) {
                    answer = asked; // so that end() can cancel it
                }
                talker.execute(asked);
                String line = asked.get(nanos, TimeUnit.NANOSECONDS);
                answered = true;
                return line;
            } catch (ExecutionException e) {
                throw new IOException("no answer from " + command, e.getCause());
            } catch (CancellationException | RejectedExecutionException e) {
                throw new IOException("the client is closed", e);
            } catch (TimeoutException e) {
                throw new TimeoutException("no answer in time from " + command);
            } finally {
                if (!answered) {
                    end();
                }
            }
        }

        /** All that may block for ever, even starting; only the talker does it. */
        private String talk(byte[] question) throws IOException {
            if (process == null) {
                started(new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT).start());
            }
            InputStream answers = process.getInputStream();
            if (answers.available() > 0) {
                throw new IOException("an answer without a question");
            }
            OutputStream questions = process.getOutputStream();
            questions.write(question);
            questions.flush();

            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] chunk = new byte[8192];
            int length;
            do {
                length = answers.read(chunk);
                if (length < 0) {
                    throw new EOFException("the process ends"); // half an answer is none
                }
                bytes.write(chunk, 0, length);
            } while (chunk[length - 1] != '\n');
            String line = bytes.toString(StandardCharsets.UTF_8);
            int end = line.length() - 1;
            if (line.charAt(0) != '{' || line.indexOf('\n') < end) {
                throw new IOException("not an answer: " + line);
            }
            return line.substring(0, end);
        }

        private void started(Process started) {
            synchronized (this) {
                process = started;
            }
            if (isEnded()) {
                end(); // by then there was nothing to kill
            }
        }

        void end() {
            Process last;
            synchronized (this) {
                ended = true;
                last = process;
                if (answer != null) {
                    answer.cancel(false);
                }
            }
            talker.shutdown();
            if (last != null) {
                kill(last);
            }
        }

        /** Not by Process.destroyForcibly, which closes the pipes and so waits for the talker. */
        private static void kill(Process process) {
            Stream<ProcessHandle> children = Stream.empty();
            try {
                children = process.descendants(); // of a script that started zcpolicy
            } finally {
                process.toHandle().destroyForcibly();
                children.forEach(ProcessHandle::destroyForcibly);
            }
        }

        synchronized boolean isEnded() {
            return ended;
        }

        synchronized long pid() {
            return process == null || ended ? -1 : process.pid();
        }
    }
}
