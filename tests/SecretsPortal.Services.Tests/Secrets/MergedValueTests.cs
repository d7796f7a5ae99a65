using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Secrets;

/// <summary>Members that are replaced in place, and what has none.</summary>
public sealed class MergedValueTests
{
    [Theory]
    [InlineData("""{"host":"old","port":5432,"nested":{"a":[1,null]}}""", """{"host":"new","port":5432,"nested":{"a":[1,null]}}""")]
    [InlineData("""{"port":5432}""", """{"port":5432,"host":"new"}""")]
    [InlineData("""{ "host" : 1, "ü" : "ß<>" }""", """{"host":"new","ü":"ß<>"}""")]
    [InlineData("{}", """{"host":"new"}""")]
    public void A_member_keeps_its_place_and_the_others_their_words(string before, string after) =>
        Assert.Equal(after, Merge(SecretValue.FromText(before), ("host", "new")).Text);

    [Fact]
    public void Without_a_value_the_members_are_all_there_is() =>
        Assert.Equal("""{"a":"1","b":"quote \" and\nline"}""", Merge(null, ("b", "quote \" and\nline"), ("a", "1")).Text);

    [Theory]
    [InlineData("hunter2")]
    [InlineData("""["hunter2"]""")]
    [InlineData("""{"hunter2":""")]
    [InlineData("""{"hunter2":1,"hunter2":2}""")]
    public void What_is_no_JSON_object_is_refused_and_not_quoted(string before)
    {
        var fault = Assert.Throws<PortalException>(() => Merge(SecretValue.FromText(before), ("a", "1")));
        Assert.Equal(PortalError.InvalidRequest, fault.Error);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_have_no_members_and_no_member_is_nothing_to_merge()
    {
        Assert.Equal(PortalError.InvalidRequest, Assert.Throws<PortalException>(() => Merge(SecretValue.FromBytes([123, 125]), ("a", "1"))).Error);
        Assert.Equal(PortalError.InvalidParameter, Assert.Throws<PortalException>(() => Merge(SecretValue.FromText("{}"))).Error);
    }

    private static SecretValue Merge(SecretValue? before, params (string Name, string Value)[] fields) =>
        MergedValue.Of(before, fields.ToDictionary(f => f.Name, f => new SecretText(f.Value)));
}
