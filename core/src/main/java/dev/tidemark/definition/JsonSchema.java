package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON Schema (draft 2020-12) of the language, for editors: of the object that a file holds
 * after includes and substitutions. It is made of the same table that definitions are checked by.
 */
public final class JsonSchema {
  private static final String NAME = "[A-Za-z_][A-Za-z0-9_]{0,127}";
  private static final String DURATION = "[1-9]\\d{0,17}\\s*(us|ms|s|m|h|d|w)";

  private final Map<String, Object> definitions = new LinkedHashMap<>();

  private JsonSchema() {}

  /** The schema of {@code definitions/*.conf}: the same text every time, ended by a line feed. */
  public static String definitions() {
    JsonSchema schema = new JsonSchema();
    Map<String, Object> top = new LinkedHashMap<>();
    for (Kind kind : Kind.values()) {
      Map<String, Object> variants = schema.shape(Language.shape(kind));
      top.put(kind.key(), named(kind == Kind.ENTITY ? variants : named(variants, NAME), NAME));
    }
    top.put(Language.TESTS, named(schema.shape(Language.TEST), ".*"));
    return schema.text("Tidemark definitions", closed(top));
  }

  /** The schema of {@code env/*.conf}. */
  public static String environment() {
    JsonSchema schema = new JsonSchema();
    return schema.text("A Tidemark environment", schema.object(Language.ENVIRONMENT));
  }

  /** The schema of {@code policy.conf}. */
  public static String policy() {
    JsonSchema schema = new JsonSchema();
    return schema.text("A Tidemark policy", schema.object(Language.POLICY));
  }

  private String text(String title, Map<String, Object> object) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("title", title);
    root.putAll(object);
    root.put("$defs", definitions);
    return JsonText.of(root);
  }

  private static Map<String, Object> closed(Map<String, Object> properties) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("type", "object");
    object.put("properties", properties);
    object.put("additionalProperties", false);
    return object;
  }

  private static Map<String, Object> named(Map<String, Object> value, String name) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("type", "object");
    if (!name.equals(".*")) {
      object.put("propertyNames", Map.of("pattern", whole(name)));
    }
    object.put("additionalProperties", value);
    return object;
  }

  /** A reference to the definition of a shape. */
  private Map<String, Object> shape(Shape shape) {
    String name = shape.title().replace(' ', '-');
    if (!definitions.containsKey(name)) {
      // First in the order of definitions, before those it uses.
      definitions.put(name, Map.of());
      definitions.put(name, object(shape));
    }
    return reference(name);
  }

  private Map<String, Object> object(Shape shape) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (Shape.Key key : shape.keys()) {
      Map<String, Object> property = new LinkedHashMap<>();
      property.put("description", key.says());
      property.putAll(type(key.type()));
      properties.put(key.name(), property);
      if (key.required()) {
        required.add(key.name());
      }
    }
    Map<String, Object> object = closed(properties);
    if (!required.isEmpty()) {
      object.put("required", required);
    }
    if (!shape.rules().isEmpty()) {
      object.put("allOf", shape.rules().stream().map(JsonSchema::rule).toList());
    }
    return object;
  }

  private static Map<String, Object> rule(Shape.Rule rule) {
    return rule.match(
        oneOf -> Map.of("oneOf", each(oneOf.keys())),
        anyOf -> Map.of("anyOf", each(anyOf.keys())),
        needs -> Map.of("dependentRequired", Map.of(needs.key(), List.of(needs.other()))),
        excludes -> Map.of("not", Map.of("required", List.of(excludes.key(), excludes.other()))));
  }

  private static List<Map<String, Object>> each(List<String> keys) {
    return keys.stream().map(key -> Map.<String, Object>of("required", List.of(key))).toList();
  }

  private Map<String, Object> type(ValueType type) {
    if (type instanceof ValueType.Of of) {
      return scalar(of.scalar());
    }
    if (type instanceof ValueType.Choice choice) {
      return Map.of("enum", choice.words());
    }
    if (type instanceof ValueType.Ref ref) {
      String kinds = String.join("|", ref.kinds().stream().map(Kind::key).toList());
      return pattern("(" + kinds + ")\\." + NAME + "\\." + NAME);
    }
    if (type instanceof ValueType.ListOf list) {
      Map<String, Object> array = new LinkedHashMap<>();
      array.put("type", "array");
      array.put("items", type(list.element()));
      if (list.some()) {
        array.put("minItems", 1);
      }
      return array;
    }
    if (type instanceof ValueType.MapOf map) {
      Map<String, Object> object = named(type(map.value()), map.key() == Scalar.NAME ? NAME : ".*");
      if (map.some()) {
        object.put("minProperties", 1);
      }
      return object;
    }
    if (type instanceof ValueType.Settings) {
      return Map.of("type", "object");
    }
    if (type instanceof ValueType.ObjectOf object) {
      return shape(object.shape());
    }
    if (type instanceof ValueType.Either either) {
      return Map.of("anyOf", List.of(type(either.scalar()), type(either.object())));
    }
    return Map.of();
  }

  /** A reference to the definition of a kind of scalar. */
  private Map<String, Object> scalar(Scalar scalar) {
    String name = "a-" + scalar.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    definitions.computeIfAbsent(name, added -> scalarSchema(scalar));
    return reference(name);
  }

  private static Map<String, Object> scalarSchema(Scalar scalar) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("description", scalar.expected());
    schema.putAll(
        switch (scalar) {
          // Unquoted, such texts may look like numbers.
          case TEXT, SQL, COLUMN, TYPE ->
              Map.<String, Object>of("type", List.of("string", "number", "boolean"));
          case NAME -> pattern(NAME);
          case FEATURE -> pattern(NAME + "\\." + NAME + "(\\.[A-Za-z_][A-Za-z0-9_]{0,255})?");
          case BOOLEAN ->
              Map.<String, Object>of(
                  "enum", List.of(true, false, "true", "false", "yes", "no", "on", "off"));
          case INTEGER ->
              Map.<String, Object>of(
                  "anyOf", List.of(Map.of("type", "integer"), pattern("[+-]?\\d+")));
          case NUMBER ->
              Map.<String, Object>of(
                  "anyOf",
                  List.of(
                      Map.of("type", "number"),
                      pattern("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")));
          case DURATION -> pattern(DURATION);
          case WINDOW -> pattern(DURATION + "|unbounded");
          case INSTANT ->
              pattern(
                  "\\d{4}-\\d{2}-\\d{2}"
                      + "(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2}(:\\d{2})?))?");
          case TIME_ZONE -> Map.<String, Object>of("type", "string");
        });
    return schema;
  }

  private static Map<String, Object> pattern(String pattern) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "string");
    schema.put("pattern", whole(pattern));
    return schema;
  }

  private static String whole(String pattern) {
    return "^(" + pattern + ")$";
  }

  private static Map<String, Object> reference(String name) {
    return Map.of("$ref", "#/$defs/" + name);
  }
}
