using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Secrets;

/// <summary>Fingerprints say which values are the same, and nothing else.</summary>
public sealed class ValueMarksTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(n => (byte)n)];

    private static readonly SecretArn s_arn = SecretArn.Create(TestPortal.Region, TestPortal.Account, "s", "AbCdEf");

    [Fact]
    public void Equal_values_have_equal_marks_and_others_have_others()
    {
        Assert.Equal(Whole("one"), Whole("one"));
        var other = SecretArn.Create(TestPortal.Region, TestPortal.Account, "t", "AbCdEf");
        byte[][] marks = [Whole("one"), Whole("two"), Of(SecretValue.FromText("one"), arn: other), Of(SecretValue.FromText("one"), key: new byte[32]), Of(SecretValue.FromBytes("one"u8.ToArray()))];
        Assert.Equal(marks.Length, marks.Select(m => ValueMarks.OfWhole(m)).Distinct().Count());
        Assert.All(marks, m => Assert.Equal(32, ValueMarks.OfWhole(m).Length));
    }

    [Fact]
    public void The_marks_are_as_they_are_stored()
    {
        // Stored marks are compared with new ones for as long as the secret lives: another way to compute them would be drift everywhere.
        Assert.Equal(KnownWhole, ValueMarks.OfWhole(Whole("""{"user":"u","port":5432}""")));
        Assert.Equal(KnownUser, Field("""{"user":"u","port":5432}""", "user"));
    }

    [Fact]
    public void Members_are_compared_by_what_they_say()
    {
        Assert.Equal(Field("""{"user":"u","password":"p"}""", "user"), Field("""{ "password" : "q", "user" : "\u0075" }""", "user"));
        Assert.NotEqual(Field("""{"a":"1"}""", "a"), Field("""{"a":1}""", "a"));
        Assert.NotEqual(Field("""{"a":"x","b":"x"}""", "a"), Field("""{"a":"x","b":"x"}""", "b"));
        Assert.NotEqual(Field("""{"a":{"b":1}}""", "a"), Field("""{"a":{"b":2}}""", "a"));
        Assert.Null(Field("""{"a":"x"}""", "b"));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[1]")]
    [InlineData("""{"a":"x"} and more""")]
    [InlineData("""{"a":"x","b":""")]
    [InlineData("")]
    public void What_is_no_JSON_object_has_no_members(string text)
    {
        var marks = ValueMarks.Of(s_key, s_arn, text.Length == 0 ? SecretValue.FromBytes([1]) : SecretValue.FromText(text));
        Assert.Equal(16, marks.Length);
        Assert.Null(ValueMarks.OfField(s_key, s_arn, marks, "a"));
    }

    [Fact]
    public void The_first_64_members_are_marked()
    {
        var json = new StringBuilder("{").AppendJoin(',', Enumerable.Range(1, 65).Select(n => $"\"m{n}\":{n}")).Append('}').ToString();
        Assert.NotNull(Field(json, "m64"));
        Assert.Null(Field(json, "m65"));
    }

    // By Python's hmac, from the description alone.
    private const string KnownWhole = "5250d098d9f412845502794d3b813afa";

    private const string KnownUser = "ba20e02e0ce63c0ec46854c4b2aeddb9";

    private static byte[] Whole(string text) => Of(SecretValue.FromText(text));

    private static byte[] Of(SecretValue value, byte[]? key = null, SecretArn? arn = null) => ValueMarks.Of(key ?? s_key, arn ?? s_arn, value);

    private static string? Field(string text, string field) => ValueMarks.OfField(s_key, s_arn, Whole(text), field);
}
