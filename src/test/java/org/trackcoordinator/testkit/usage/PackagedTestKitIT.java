package org.trackcoordinator.testkit.usage;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The jar of the kit, as other projects get it. */
@Tag("track-coordination")
class PackagedTestKitIT {

  private static final Path JAR =
      Path.of(System.getProperty("tracks.test.jar"))
          .resolveSibling("track-coordinator-testkit.jar");

  /**
   * What comes with the coordinator and with JUnit; docs/testing.md tells what else may be added.
   */
  private static final String[] KNOWN = {
    "java..",
    "javax.sql..",
    "com.fasterxml.jackson..",
    "com.zaxxer.hikari..",
    "org.apache.camel..",
    "org.junit.jupiter.api..",
    "org.opentest4j..",
    "org.postgresql..",
    "org.slf4j..",
    "org.springframework..",
    "org.trackcoordinator.coordinator..",
    "org.trackcoordinator.database..",
    "org.trackcoordinator.testkit",
    "org.trackcoordinator.workflow.."
  };

  @Test
  void itHoldsTheKitAndNothingElse() throws IOException {
    Path sources = Path.of("src/testkit/java");
    try (JarFile jar = new JarFile(JAR.toFile());
        Stream<Path> files = Files.walk(sources)) {
      assertThat(
              jar.stream()
                  .map(ZipEntry::getName)
                  .filter(name -> name.endsWith(".class") && !name.contains("$"))
                  .map(name -> name.replace(".class", ".java")))
          .containsExactlyInAnyOrderElementsOf(
              files
                  .filter(Files::isRegularFile)
                  .map(file -> sources.relativize(file).toString().replace('\\', '/'))
                  .toList());
    }
  }

  @Test
  void itNeedsNothingThatItsUsersDoNotHave() throws IOException {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("ContainerServer")
        .should()
        .dependOnClassesThat(
            resideOutsideOfPackages(KNOWN)
                .and(describe("no primitive", t -> !t.getBaseComponentType().isPrimitive())))
        .check(classes());
  }

  /** The only one that may: it is not loaded where Testcontainers is missing. */
  @Test
  void onlyTheChoiceOfTheServerKnowsOfContainers() throws IOException {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("TestServer")
        .and()
        .haveSimpleNameNotEndingWith("ContainerServer")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("ContainerServer")
        .check(classes());
  }

  private static JavaClasses classes() throws IOException {
    assertThat(JAR).exists();
    return new ClassFileImporter().importJar(new JarFile(JAR.toFile()));
  }
}
