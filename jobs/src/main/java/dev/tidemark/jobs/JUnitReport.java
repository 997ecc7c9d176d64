package dev.tidemark.jobs;

import dev.tidemark.run.TestOutcome;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Outcomes of tests as JUnit's XML, the form that CI servers read: a suite for each resource. */
final class JUnitReport {
  private JUnitReport() {}

  /** XML 1.0 has no other control characters, not even escaped. */
  private static String clean(String text) {
    return text.replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "?");
  }

  static String of(List<TestOutcome> outcomes) {
    Map<String, List<TestOutcome>> suites = new TreeMap<>();
    for (TestOutcome outcome : outcomes) {
      suites
          .computeIfAbsent(outcome.test().of().toString(), none -> new java.util.ArrayList<>())
          .add(outcome);
    }
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeCharacters("\n");
      xml.writeStartElement("testsuites");
      totals(xml, outcomes);
      for (Map.Entry<String, List<TestOutcome>> suite : suites.entrySet()) {
        xml.writeCharacters("\n  ");
        xml.writeStartElement("testsuite");
        xml.writeAttribute("name", clean(suite.getKey()));
        totals(xml, suite.getValue());
        for (TestOutcome outcome : suite.getValue()) {
          test(xml, outcome);
        }
        xml.writeCharacters("\n  ");
        xml.writeEndElement();
      }
      xml.writeCharacters("\n");
      xml.writeEndElement();
      xml.writeCharacters("\n");
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("can't happen in memory", e);
    }
    return text.toString();
  }

  private static void totals(XMLStreamWriter xml, List<TestOutcome> of) throws XMLStreamException {
    long errors = of.stream().filter(outcome -> outcome.failure() != null).count();
    long passed = of.stream().filter(TestOutcome::passed).count();
    xml.writeAttribute("tests", String.valueOf(of.size()));
    xml.writeAttribute("failures", String.valueOf(of.size() - errors - passed));
    xml.writeAttribute("errors", String.valueOf(errors));
    xml.writeAttribute("skipped", "0");
    xml.writeAttribute("time", seconds(of.stream().mapToDouble(TestOutcome::seconds).sum()));
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.3f", seconds);
  }

  private static void test(XMLStreamWriter xml, TestOutcome outcome) throws XMLStreamException {
    xml.writeCharacters("\n    ");
    xml.writeStartElement("testcase");
    xml.writeAttribute("classname", clean(outcome.test().of().toString()));
    xml.writeAttribute("name", clean(outcome.test().name()));
    xml.writeAttribute("file", clean(outcome.test().origin().file().name()));
    xml.writeAttribute("line", String.valueOf(outcome.test().origin().line()));
    xml.writeAttribute("time", seconds(outcome.seconds()));
    if (!outcome.passed()) {
      boolean error = outcome.failure() != null;
      xml.writeCharacters("\n      ");
      xml.writeStartElement(error ? "error" : "failure");
      xml.writeAttribute(
          "message", clean(error ? outcome.problems().get(0).what() : TestTable.brief(outcome)));
      xml.writeCharacters(clean("\n" + TestTable.of(outcome, Terminal.DEFAULT_COLUMNS)));
      xml.writeEndElement();
      xml.writeCharacters("\n    ");
    }
    xml.writeEndElement();
  }
}
