package org.trackcoordinator.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

/** Which package may know which. */
@AnalyzeClasses(
    packages = "org.trackcoordinator",
    importOptions = ImportOption.DoNotIncludeTests.class)
@ArchTag("track-coordination")
class PackageRulesTest {

  private static final String OURS = "org.trackcoordinator.";

  @ArchTest
  static final ArchRule nobodyKnowsTheDemo =
      noClasses()
          .that()
          .resideOutsideOfPackage(OURS + "demo..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(OURS + "demo..", "com.icegreen..", "com.sun.net.httpserver..");

  @ArchTest
  static final ArchRule theDependencyMapKnowsNeitherCamelNorTheDatabase =
      noClasses()
          .that()
          .resideInAPackage(OURS + "workflow..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.camel..",
              "java.sql..",
              "javax.sql..",
              "org.springframework..",
              OURS + "coordinator..",
              OURS + "database..",
              OURS + "config..",
              OURS + "cli..");

  @ArchTest
  static final ArchRule graphsKnowTheDependencyMapOnly =
      classes()
          .that()
          .resideInAPackage(OURS + "graph..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              OURS + "graph..",
              OURS + "workflow..",
              "java.io..",
              "java.lang..",
              "java.nio..",
              "java.security..",
              "java.util..",
              "com.fasterxml.jackson..",
              "org.eclipse.elk..",
              "org.eclipse.emf..");

  @ArchTest
  static final ArchRule onlyGraphsKnowTheLayoutKernel =
      noClasses()
          .that()
          .resideOutsideOfPackage(OURS + "graph..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.eclipse.elk..", "org.eclipse.emf..");

  @ArchTest
  static final ArchRule theCoordinatorKnowsNoCommandLineAndNoConfiguration =
      noClasses()
          .that()
          .resideInAPackage(OURS + "coordinator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              OURS + "cli..",
              OURS + "config..",
              OURS + "database..",
              OURS + "tracks..",
              "picocli..");

  @ArchTest
  static final ArchRule theDatabaseKnowsNoCamel =
      noClasses()
          .that()
          .resideInAnyPackage(OURS + "database..", OURS + "config..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.camel..", OURS + "coordinator..", OURS + "cli..", "picocli..");

  @ArchTest
  static final ArchRule theOperationsKnowNoCommandLineAndNoCamel =
      noClasses()
          .that()
          .resideInAPackage(OURS + "operations..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.camel..",
              OURS + "coordinator..",
              OURS + "api..",
              OURS + "cli..",
              "picocli..");

  @ArchTest
  static final ArchRule theSampleTracksAreNoPartOfTheCoordinator =
      noClasses()
          .that()
          .resideInAPackage(OURS + "tracks..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              OURS + "coordinator..", OURS + "cli..", OURS + "database..", OURS + "workflow..");

  @ArchTest
  static final ArchRule theDoorsKnowNoRoutes =
      noClasses()
          .that()
          .resideInAPackage(OURS + "doors..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.camel..", OURS + "cli..", OURS + "database..");

  @ArchTest
  static final ArchRule packagesMakeNoCycle =
      SlicesRuleDefinition.slices().matching(OURS + "(*)..").should().beFreeOfCycles();
}
