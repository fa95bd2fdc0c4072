package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes are shown without what nobody should have written into them. */
@Tag("track-coordination")
class RouteDumpTest {

  private static final String CANARY = "kanarie-5d0a7be1c9";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<to uri='imaps:mail.example.com?password=kanarie-5d0a7be1c9'/>",
        "<to uri='imaps:mail.example.com?username=x&amp;PassWord=kanarie-5d0a7be1c9&amp;delay=5s'/>",
        "<to uri='imaps:mail.example.com?password=RAW(a&amp;kanarie-5d0a7be1c9)&amp;delay=5s'/>",
        "<to uri='imaps:mail.example.com?password=RAW{a&amp;kanarie-5d0a7be1c9}'/>",
        "<to uri='https:api.example.com?x.oauth2ClientSecret=kanarie-5d0a7be1c9'/>",
        "<to uri='https:api.example.com?api_key={{freee.key}}kanarie-5d0a7be1c9'/>",
        "<to uri='imaps:mail.example.com?password=with kanarie-5d0a7be1c9&amp;delay=5s'/>",
        "<to uri='kafka:invoices?saslJaasConfig=x required username=\"u\" password=\"kanarie-5d0a7be1c9\";'/>",
        "<to uri='azure-storage-blob:a/b?accountKey=kanarie-5d0a7be1c9'/>",
        "<to uri='azure-servicebus:a?connectionString=RAW(Endpoint=sb://x/;SharedAccessKey=kanarie-5d0a7be1c9)'/>",
        "<to uri='ftp://books:kanarie-5d0a7be1c9@ftp.example.com/in'/>",
        "<toD uri='https:api.example.com?accessToken=kanarie-5d0a7be1c9'/>",
        "<setHeader name='Authorization'><constant>kanarie-5d0a7be1c9</constant></setHeader>",
        "<setHeader name='X-Api-Key'><simple>${body}kanarie-5d0a7be1c9</simple></setHeader>",
        "<setProperty name='sessionCookie'><constant>kanarie-5d0a7be1c9</constant></setProperty>",
        "<setHeader name='x'><constant>Bearer kanarie-5d0a7be1c9</constant></setHeader>",
        "<setBody><constant>basic kanarie-5d0a7be1c9</constant></setBody>",
        "<log message='asks https:x?token=kanarie-5d0a7be1c9'/>",
        "<script><groovy><![CDATA[call('https://x?token=kanarie-5d0a7be1c9')]]></groovy></script>",
        "<bean><properties><property key='password' value='kanarie-5d0a7be1c9'/></properties></bean>",
        "<security clientSecret='kanarie-5d0a7be1c9'/>"
      })
  void whatIsNamedAsASecretIsNotShown(String step) throws Exception {
    assertThat(step).contains(CANARY);
    assertThat(RouteDump.masked(route(step))).contains("xxxxxx").doesNotContain(CANARY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<to id=\"a\" uri=\"imaps:x?password={{gmail.password}}&amp;delay=5s\"/>",
        "<to id=\"a\" uri=\"imaps:x?password=RAW({{gmail.password}})&amp;delay=5s\"/>",
        "<to id=\"a\" uri=\"imaps://mail.example.com:993/in?username=books@example.com\"/>",
        "<setHeader name=\"Authorization\"><constant>{{freee.token}}</constant></setHeader>",
        "<setHeader name=\"Authorization\"><simple>Bearer {{freee.token}}</simple></setHeader>",
        "<setHeader name=\"trackId\"><simple>${header.id} &lt; 5 &amp; more</simple></setHeader>",
        "<log message=\"Bearers of news\"/>"
      })
  void allElseStaysAsItIs(String step) throws Exception {
    assertThat(RouteDump.masked(route(step))).isEqualTo(route(step));
  }

  private static String route(String step) {
    return "<route xmlns=\"http://camel.apache.org/schema/spring\" id=\"r\">\n  "
        + step
        + "\n</route>";
  }

  @Test
  void whatIsNoXmlIsNotShown() {
    assertThatThrownBy(() -> RouteDump.masked("password: " + CANARY))
        .hasMessageNotContaining(CANARY);
    assertThatThrownBy(
            () ->
                RouteDump.masked(
                    "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>"))
        .hasMessageContaining("DOCTYPE");
  }
}
