using System.Text;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class FieldNamesTests
{
    [Theory]
    [InlineData("""{"user":"ada","password":"hunter2"}""", "user|password")]
    [InlineData("""  {"deep":{"hidden":1,"more":[{"x":2}]},"list":["a","b"],"last":null} """, "deep|list|last")]
    [InlineData("""{"twice":1,"twice":2}""", "twice")]
    [InlineData("""{"größe":1,"a b":2,"":3}""", "größe|a b")]
    [InlineData("{}", "")]
    [InlineData("""{"line\nbreak":1,"ok":2}""", "ok")]
    public void Only_the_names_of_the_top_level_are_kept(string json, string names) =>
        Assert.Equal(names.Length == 0 ? [] : names.Split('|'), FieldNames.Of(SecretValue.FromText(json)));

    [Theory]
    [InlineData("hunter2")]
    [InlineData("")]
    [InlineData("[1,2]")]
    [InlineData("""{"hunter2""")]
    [InlineData("""{"a":1} and more""")]
    [InlineData("""{"a":1}{"b":2}""")]
    [InlineData("""{a:1}""")]
    [InlineData("""{"\ud800":1}""")]
    public void What_is_no_json_object_has_none(string text) => Assert.Null(FieldNames.Of(SecretValue.FromText(text)));

    [Fact]
    public void Bytes_have_none() => Assert.Null(FieldNames.Of(SecretValue.FromBytes(Encoding.UTF8.GetBytes("""{"a":1}"""))));

    [Fact]
    public void Neither_their_number_nor_their_length_is_without_a_limit()
    {
        var many = string.Join(',', Enumerable.Range(0, 60).Select(i => $"\"n{i}\":{i}"));
        var longest = new string('x', FieldNames.Longest);

        Assert.Equal(FieldNames.Most, FieldNames.Of(SecretValue.FromText($$"""{{{many}}}"""))!.Count);
        Assert.Equal([longest], FieldNames.Of(SecretValue.FromText($$"""{"{{longest}}y":1,"{{longest}}":2}"""))!);
    }
}
