import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import software.amazon.event.ruler.Machine;

/** Patterns over events on AWS's own matcher: the events that a pattern takes are those that its rule matches. */
public class Judge {
    public static void main(String[] files) throws Exception {
        ObjectMapper json = new ObjectMapper();
        int pairs = 0, patterns = 0, faults = 0, wrong = 0;
        for (String file : files) {
            List<String> lines = Files.readAllLines(Path.of(file));
            List<String> events = new ArrayList<>();
            for (JsonNode event : json.readTree(lines.get(0)).get("events")) events.add(event.toString());
            for (String line : lines.subList(1, lines.size())) {
                JsonNode entry = json.readTree(line);
                Set<Integer> expected = new HashSet<>();
                for (JsonNode at : entry.get("taken")) expected.add(at.asInt());
                Machine machine = Machine.builder().build();
                machine.addRule("rule", entry.get("pattern").toString());
                int differing = 0;
                for (int at = 0; at < events.size(); at++) {
                    boolean taken = !machine.rulesForJSONEvent(events.get(at)).isEmpty();
                    if (taken == expected.contains(at)) continue;
                    differing++;
                    if (!entry.has("fault") && wrong++ < 5) {
                        System.out.println((taken ? "takes: " : "does not take: ") + entry.get("name").asText());
                        System.out.println("  " + entry.get("pattern") + "\n  " + events.get(at));
                    }
                }
                if (entry.has("fault")) {
                    if (differing == 0) throw new Exception("a planted fault was not noticed: " + line);
                    faults++;
                } else {
                    patterns++;
                    pairs += events.size();
                }
            }
        }
        System.out.printf("event-ruler: %d patterns, %d pairs, %d disagreements; %d planted faults noticed%n",
            patterns, pairs, wrong, faults);
        if (wrong > 0 || pairs < 10_000 || faults == 0) System.exit(1);
    }
}
