package dev.tidemark.jobs;

import dev.tidemark.plan.Registered;
import dev.tidemark.plan.Registration;
import dev.tidemark.plan.RegistryDiff;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A project beside the registry, for {@code --json}. */
final class RegistryDocument {
  private RegistryDocument() {}

  static Map<String, @Nullable Object> of(String table, RegistryDiff diff) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("registry", table);
    document.put("added", diff.added().stream().map(Registration::id).toList());
    document.put("changed", diff.changed().stream().map(RegistryDocument::changed).toList());
    document.put("described", diff.described().stream().map(RegistryDocument::described).toList());
    document.put("deleted", diff.deleted().stream().map(Registered::id).toList());
    document.put("absent", List.copyOf(diff.absent()));
    document.put("same", diff.same());
    return document;
  }

  private static Map<String, @Nullable Object> changed(RegistryDiff.Changed changed) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", changed.after().id());
    fields.put("registered", changed.before().meaning().sha256());
    fields.put("defined", changed.after().meaning().sha256());
    fields.put("fields", changed.fields().stream().map(RegistryDocument::field).toList());
    fields.put("through", List.copyOf(changed.through()));
    fields.put("touches", List.copyOf(changed.touches()));
    fields.put("free_variant", changed.free());
    return fields;
  }

  private static Map<String, @Nullable Object> described(RegistryDiff.Described described) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", described.after().id());
    fields.put("fields", described.fields().stream().map(RegistryDocument::field).toList());
    return fields;
  }

  private static Map<String, @Nullable Object> field(RegistryDiff.Field field) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("path", field.path());
    fields.put("before", field.before());
    fields.put("after", field.after());
    return fields;
  }
}
