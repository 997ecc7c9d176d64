package dev.tidemark.definition;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the place of every key and value of a HOCON text.
 *
 * <p>It reads structure only and is more lenient than HOCON: what is no HOCON, Typesafe Config
 * refuses. It must never misplace what Typesafe Config accepts.
 */
final class Scanner {
  /** Deeper nesting is no definition, and would overflow the stack of any recursive reader. */
  private static final int MOST_NESTED = 64;

  private static final String INCLUDE = "include";
  private static final char END = '\0';

  private final SourceFile file;
  private final String text;
  private final Path folder;
  private int at;
  private int line = 1;
  private int lineStart;
  private int depth;

  private Scanner(SourceFile file, Path folder) {
    this.file = file;
    this.text = file.text();
    this.folder = folder;
  }

  /**
   * Scans a whole file.
   *
   * @param folder what included paths are relative to
   * @throws DefinitionException where the text ends inside something, or nests too deep
   */
  static Scanned.Body scan(SourceFile file, Path folder) {
    Scanner scanner = new Scanner(file, folder);
    scanner.skipBlank();
    if (scanner.peek() == '{') {
      Origin open = scanner.origin(scanner.at, scanner.at + 1);
      scanner.advance();
      return scanner.body(open);
    }
    return scanner.body(null);
  }

  /**
   * Items up to the closing brace, which is consumed, or to the end of the file.
   *
   * @param open the opening brace, or null if there is none
   */
  private Scanned.Body body(@Nullable Origin open) {
    deeper();
    List<Scanned.Item> items = new ArrayList<>();
    while (true) {
      skipSeparators();
      if (at >= text.length()) {
        if (open != null) {
          throw problem(open, "`{` without `}`", "close it");
        }
        break;
      }
      if (peek() == '}' && open != null) {
        advance();
        break;
      }
      int before = at;
      items.add(item());
      if (at == before) {
        throw problem("`%s` can't stand here".formatted(shown()));
      }
    }
    depth--;
    return new Scanned.Body(items);
  }

  private Scanned.Item item() {
    if (isInclude()) {
      return include();
    }
    List<Scanned.Key> path = path(this::endsKey);
    skipBlank();
    boolean append = text.startsWith("+=", at);
    if (append) {
      advance();
      advance();
    } else if (peek() == '=' || peek() == ':') {
      advance();
    }
    skipBlank();
    return new Scanned.Field(path, append, value());
  }

  /** {@code include}, and after white space what can only be a file to include. */
  private boolean isInclude() {
    if (!text.startsWith(INCLUDE, at)) {
      return false;
    }
    int next = at + INCLUDE.length();
    while (next < text.length() && (text.charAt(next) == '\n' || isBlank(text.charAt(next)))) {
      next++;
    }
    return next > at + INCLUDE.length()
        && (text.startsWith("\"", next)
            || text.startsWith("file(", next)
            || text.startsWith("required(", next)
            || text.startsWith("url(", next)
            || text.startsWith("classpath(", next));
  }

  private Scanned.Include include() {
    int start = at;
    while (at < text.length() && peek() != '"') {
      advance();
    }
    String how = text.substring(start, at);
    if (peek() != '"') {
      throw problem("an included file in double quotes is missing");
    }
    int quote = at;
    String name = quoted();
    Origin origin = origin(quote, at);
    while (at < text.length() && peek() == ')') {
      advance();
    }
    if (how.contains("url(") || how.contains("classpath(")) {
      throw problem(
          origin,
          "only files of the project can be included",
          "write: include \"path/relative/to/this/file.conf\"");
    }
    try {
      return new Scanned.Include(folder.resolve(name).normalize().toAbsolutePath(), origin);
    } catch (InvalidPathException e) {
      throw problem(origin, "`%s` is no path".formatted(name), e.getReason());
    }
  }

  /**
   * Names between dots, quoted or not. White space counts inside a name, as HOCON has it, but not
   * before the first and after the last.
   */
  private List<Scanned.Key> path(BooleanSupplier ended) {
    List<Scanned.Key> path = new ArrayList<>();
    StringBuilder name = new StringBuilder();
    StringBuilder blanks = new StringBuilder();
    int start = at;
    int end = at;
    while (at < text.length() && !ended.getAsBoolean()) {
      char c = peek();
      if (c == '.') {
        path.add(new Scanned.Key(name.append(blanks).toString(), origin(start, end)));
        if (path.size() > MOST_NESTED) {
          throw problem("a key of more than " + MOST_NESTED + " names");
        }
        name.setLength(0);
        blanks.setLength(0);
        advance();
        start = at;
        end = at;
      } else if (isBlank(c)) {
        if (start == at && path.isEmpty()) {
          start++;
          end++;
        } else {
          blanks.append(c);
        }
        advance();
      } else {
        name.append(blanks);
        blanks.setLength(0);
        if (c == '"') {
          name.append(quoted());
        } else {
          name.append(c);
          advance();
        }
        end = at;
      }
    }
    path.add(new Scanned.Key(name.toString(), origin(start, end)));
    return path;
  }

  private boolean endsKey() {
    return "=:{}\n,".indexOf(peek()) >= 0 || isComment() || text.startsWith("+=", at);
  }

  /** Parts up to the end of the line, a comma or the closing of what is around. */
  private Scanned.Value value() {
    deeper();
    List<Scanned.Part> parts = new ArrayList<>();
    Origin first = origin(at, at + 1);
    boolean any = false;
    while (at < text.length()) {
      char c = peek();
      if (c == '\n' || c == ',' || c == '}' || c == ']' || isComment()) {
        break;
      }
      if (isBlank(c)) {
        advance();
        continue;
      }
      int start = at;
      int startLine = line;
      int startColumn = at - lineStart + 1;
      Scanned.Part part = part(c);
      parts.add(part);
      if (!any) {
        int end = line == startLine ? at : Math.max(start + 1, endOfLine(start));
        while (end > start + 1 && isBlank(text.charAt(end - 1))) {
          end--;
        }
        first = new Origin(file, startLine, startColumn, Math.max(1, end - start));
        any = true;
      }
    }
    depth--;
    return new Scanned.Value(first, parts, line);
  }

  private Scanned.Part part(char c) {
    if (c == '{') {
      Origin open = origin(at, at + 1);
      advance();
      return new Scanned.Braces(body(open));
    }
    if (c == '[') {
      return brackets();
    }
    if (c == '"') {
      int start = at + (text.startsWith("\"\"\"", at) ? 3 : 1);
      int startLine = line;
      int startColumn = start - lineStart + 1;
      String content = quoted();
      int length = Math.max(1, Math.min(content.length(), endOfLine(start) - start));
      // Content that begins with a line break has its first character at the end of this line.
      return new Scanned.Text(content, new Origin(file, startLine, startColumn, length));
    }
    if (text.startsWith("${", at)) {
      return substitution();
    }
    int start = at;
    advance();
    while (at < text.length()
        && "\n,{}[]\"".indexOf(peek()) < 0
        && !isComment()
        && !text.startsWith("${", at)) {
      advance();
    }
    if (text.startsWith("//", at) && text.charAt(at - 1) == ':') {
      throw problem(
          origin(start, at + 2),
          "`//` begins a comment",
          "write a URL in double quotes: \"s3://bucket/path\"");
    }
    String content = text.substring(start, at).stripTrailing();
    return new Scanned.Text(content, origin(start, start + content.length()));
  }

  private Scanned.Brackets brackets() {
    deeper();
    Origin open = origin(at, at + 1);
    advance();
    List<Scanned.Value> elements = new ArrayList<>();
    while (true) {
      skipSeparators();
      if (at >= text.length()) {
        throw problem(open, "`[` without `]`", "close it");
      }
      if (peek() == ']') {
        advance();
        break;
      }
      int before = at;
      elements.add(value());
      if (at == before) {
        throw problem("`%s` can't stand here".formatted(shown()));
      }
    }
    depth--;
    return new Scanned.Brackets(elements);
  }

  private Scanned.Substitution substitution() {
    int start = at;
    advance();
    advance();
    boolean optional = peek() == '?';
    if (optional) {
      advance();
    }
    List<String> path =
        path(() -> peek() == '}' || peek() == '\n').stream().map(Scanned.Key::name).toList();
    if (peek() != '}') {
      throw problem("`${` without `}`");
    }
    advance();
    return new Scanned.Substitution(path, optional, origin(start, at));
  }

  /**
   * A string in one or three double quotes, consumed; its content as written but for {@code \"} and
   * {@code \\}.
   */
  private String quoted() {
    int open = at;
    int openLine = line;
    int openColumn = at - lineStart + 1;
    if (text.startsWith("\"\"\"", at)) {
      int close = text.indexOf("\"\"\"", at + 3);
      if (close < 0) {
        throw problem(origin(open, open + 3), "a string that does not end", "close it with \"\"\"");
      }
      // More quotes at the end belong to the content.
      while (close + 3 < text.length() && text.charAt(close + 3) == '"') {
        close++;
      }
      while (at < close + 3) {
        advance();
      }
      return text.substring(open + 3, close);
    }
    advance();
    StringBuilder content = new StringBuilder();
    while (at < text.length() && peek() != '"' && peek() != '\n') {
      if (peek() == '\\' && at + 1 < text.length()) {
        char escaped = text.charAt(at + 1);
        if (escaped != '"' && escaped != '\\') {
          content.append('\\');
        }
        content.append(escaped);
        advance();
        if (escaped == '\n') {
          break;
        }
        advance();
      } else {
        content.append(peek());
        advance();
      }
    }
    if (at >= text.length() || peek() != '"') {
      throw problem(
          new Origin(file, openLine, openColumn, 1),
          "a string that does not end on its line",
          "close it with \", or use \"\"\" for several lines");
    }
    advance();
    return content.toString();
  }

  private void skipSeparators() {
    while (at < text.length()) {
      if (peek() == ',') {
        advance();
      } else {
        int before = at;
        skipBlank();
        if (at == before) {
          return;
        }
      }
    }
  }

  /** White space, line ends and comments. */
  private void skipBlank() {
    while (at < text.length()) {
      if (isComment()) {
        while (at < text.length() && peek() != '\n') {
          advance();
        }
      } else if (peek() == '\n' || isBlank(peek())) {
        advance();
      } else {
        return;
      }
    }
  }

  private boolean isComment() {
    return peek() == '#' || text.startsWith("//", at);
  }

  private static boolean isBlank(char c) {
    return c != '\n' && (Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\uFEFF');
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : END;
  }

  private void advance() {
    if (text.charAt(at) == '\n') {
      line++;
      lineStart = at + 1;
    }
    at++;
  }

  private void deeper() {
    if (++depth > MOST_NESTED) {
      throw problem("nested more than " + MOST_NESTED + " deep");
    }
  }

  private String shown() {
    return new String(Character.toChars(text.codePointAt(at)));
  }

  private int endOfLine(int from) {
    int end = text.indexOf('\n', from);
    return end < 0 ? text.length() : end;
  }

  /** The span of two offsets of the current line. */
  private Origin origin(int start, int end) {
    return new Origin(file, line, Math.max(1, start - lineStart + 1), Math.max(1, end - start));
  }

  private DefinitionException problem(String what) {
    return problem(origin(at, at + 1), what, null);
  }

  private static DefinitionException problem(Origin origin, String what, @Nullable String hint) {
    return new DefinitionException(List.of(new Problem(origin, what, hint)));
  }
}
