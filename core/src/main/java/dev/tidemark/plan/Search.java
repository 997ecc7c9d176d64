package dev.tidemark.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds resources and features by words: in names, columns, tags, owners and descriptions.
 *
 * <p>A word counts more the rarer it is, and the more telling the place where it stands; what has
 * more of the words comes before what has one of them often. A word also finds those that begin
 * with it, and, if it is long, one that is written a little differently. Words for a span of time
 * find windows: {@code week} is {@code 7d}.
 */
public final class Search {
  private static final double BEGINS = 0.6;
  private static final double ALIKE = 0.4;

  /** The least length at which a word may be a misspelt other one. */
  private static final int LONG = 5;

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
  private static final Set<String> EMPTY =
      Set.of(
          "a", "an", "and", "any", "by", "each", "for", "from", "how", "in", "is", "it", "last",
          "many", "much", "of", "on", "or", "over", "past", "per", "the", "their", "to", "was",
          "what", "with");

  /** What windows of the usual lengths are called. */
  private static final Map<String, Set<String>> SPANS =
      Map.of(
          "hour", Set.of("1h", "60m"),
          "day", Set.of("1d", "24h"),
          "week", Set.of("7d", "1w"),
          "fortnight", Set.of("14d", "2w"),
          "month", Set.of("30d", "28d", "31d", "4w"),
          "quarter", Set.of("90d", "91d"),
          "year", Set.of("365d", "52w"),
          "ever", Set.of("unbounded"));

  /** How telling a word is, by the place where it stands. */
  private enum Place {
    NAME(10),
    COLUMN(5),
    TAG(5),
    OWNER(4),
    DESCRIPTION(3);

    private final double weight;

    Place(double weight) {
      this.weight = weight;
    }
  }

  /**
   * What was found.
   *
   * @param score more is better; comparable within one search
   * @param matched the words of the card that were found, in the order of the query
   */
  public record Found(Card card, double score, List<String> matched) {}

  private final List<Card> cards;
  private final List<Map<String, Place>> words = new ArrayList<>();
  private final Map<String, Integer> frequency = new HashMap<>();

  public Search(Collection<Card> cards) {
    this.cards = List.copyOf(cards);
    for (Card card : this.cards) {
      Map<String, Place> of = words(card);
      words.add(of);
      of.keySet().forEach(word -> frequency.merge(word, 1, Integer::sum));
    }
  }

  /** The best first, ties by id. */
  public List<Found> of(String query, int most) {
    List<String> asked = asked(query);
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < cards.size(); i++) {
      Found one = score(cards.get(i), words.get(i), asked, query.strip());
      if (one.score() > 0) {
        found.add(one);
      }
    }
    return found.stream()
        .sorted(
            Comparator.comparingDouble(Found::score)
                .reversed()
                .thenComparing(each -> each.card().id()))
        .limit(most)
        .toList();
  }

  /** Of a query of nothing but empty words, those. */
  private static List<String> asked(String query) {
    Set<String> all = new LinkedHashSet<>(tokens(query));
    Set<String> telling = new LinkedHashSet<>(all);
    telling.removeAll(EMPTY);
    return List.copyOf(telling.isEmpty() ? all : telling);
  }

  private Found score(Card card, Map<String, Place> of, List<String> asked, String query) {
    double score = 0;
    int hits = 0;
    List<String> matched = new ArrayList<>();
    for (String word : asked) {
      String best = "";
      double most = 0;
      for (Map.Entry<String, Place> each : of.entrySet()) {
        double value =
            likeness(word, each.getKey()) * each.getValue().weight * rarity(each.getKey());
        if (value > most) {
          most = value;
          best = each.getKey();
        }
      }
      if (most > 0) {
        hits++;
        score += most;
        matched.add(best);
      }
    }
    if (asked.isEmpty()) {
      return new Found(card, 0, matched);
    }
    double share = (double) hits / asked.size();
    boolean exact =
        card.name().equalsIgnoreCase(query)
            || card.id().equalsIgnoreCase(query)
            || (!card.kind().equals(Registration.FEATURES)
                && card.name()
                    .toLowerCase(Locale.ROOT)
                    .startsWith(query.toLowerCase(Locale.ROOT) + "."));
    // A feature is what people look for; of equals it comes before what holds it.
    double kind = card.kind().equals(Registration.FEATURES) ? 1.05 : 1;
    return new Found(card, score * share * share * kind * (exact ? 4 : 1), matched);
  }

  private double rarity(String word) {
    return Math.log(1 + (double) cards.size() / frequency.getOrDefault(word, 1));
  }

  private static double likeness(String asked, String word) {
    if (asked.equals(word) || SPANS.getOrDefault(asked, Set.of()).contains(word)) {
      return 1;
    }
    if (asked.length() > 1 && word.startsWith(asked)) {
      return BEGINS;
    }
    return asked.length() >= LONG && word.length() >= LONG - 1 && isAlike(asked, word) ? ALIKE : 0;
  }

  /** One letter more, less, other, or two exchanged. */
  private static boolean isAlike(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 1) {
      return false;
    }
    int same = 0;
    while (same < Math.min(a.length(), b.length()) && a.charAt(same) == b.charAt(same)) {
      same++;
    }
    String restOfA = a.substring(same);
    String restOfB = b.substring(same);
    return tail(restOfA, 1).equals(tail(restOfB, 1))
        || restOfA.equals(tail(restOfB, 1))
        || tail(restOfA, 1).equals(restOfB)
        || (restOfA.length() > 1
            && restOfB.length() > 1
            && restOfA.charAt(0) == restOfB.charAt(1)
            && restOfA.charAt(1) == restOfB.charAt(0)
            && tail(restOfA, 2).equals(tail(restOfB, 2)));
  }

  private static String tail(String text, int from) {
    return text.length() <= from ? "" : text.substring(from);
  }

  private static Map<String, Place> words(Card card) {
    Map<String, Place> words = new LinkedHashMap<>();
    add(card.name(), Place.NAME, words);
    card.columns().forEach(column -> add(column, Place.COLUMN, words));
    card.about().tags().forEach(tag -> add(tag, Place.TAG, words));
    add(card.about().owner() == null ? "" : card.about().owner(), Place.OWNER, words);
    add(
        card.about().description() == null ? "" : card.about().description(),
        Place.DESCRIPTION,
        words);
    card.about()
        .properties()
        .forEach((key, value) -> add(key + " " + value, Place.DESCRIPTION, words));
    add(card.kind(), Place.DESCRIPTION, words);
    return words;
  }

  private static void add(String text, Place place, Map<String, Place> words) {
    tokens(text).forEach(word -> words.putIfAbsent(word, place));
  }

  /** In lower case, in the singular. */
  private static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    Matcher word = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (word.find()) {
      tokens.add(singular(word.group()));
    }
    return tokens;
  }

  private static String singular(String word) {
    if (word.length() > 4 && word.endsWith("ies")) {
      return word.substring(0, word.length() - 3) + "y";
    }
    return word.length() > 3 && word.endsWith("s") && !word.endsWith("ss")
        ? word.substring(0, word.length() - 1)
        : word;
  }
}
