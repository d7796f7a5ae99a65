using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class SecretFieldsTests
{
    [Fact]
    public void Each_field_is_the_same_changed_added_or_removed()
    {
        var found = SecretFields.Compare(Text("""{"user":"app","password":"one","port":5432,"old":true}"""), Text("""{"password":"two","user":"app","port":"5432","new":null}"""));

        Assert.Equal(
            [new("user", FieldChange.Same), new("password", FieldChange.Changed), new("port", FieldChange.Changed), new("old", FieldChange.Removed), new("new", FieldChange.Added)],
            found);
    }

    [Theory]
    [InlineData("free text")]
    [InlineData("""{"deep":{"a":1}}""")]
    [InlineData("""{"twice":1,"twice":2}""")]
    [InlineData("[1]")]
    public void What_has_no_fields_is_compared_as_a_whole_only(string other)
    {
        Assert.Null(SecretFields.Compare(Text("""{"a":1}"""), Text(other)));
        Assert.Null(SecretFields.Compare(Text(other), Text("""{"a":1}""")));
        Assert.Null(SecretFields.Read(Text(other)));
    }

    [Fact]
    public void Text_and_bytes_are_never_the_same()
    {
        Assert.True(SecretFields.AreSame(Text("x"), Text("x")));
        Assert.False(SecretFields.AreSame(Text("x"), Text("xx")));
        Assert.False(SecretFields.AreSame(Text("x"), SecretValue.FromBytes("x"u8.ToArray())));
    }

    [Fact]
    public void Fields_are_read_in_their_order_and_print_no_value()
    {
        var fields = SecretFields.Read(Text("""{"b":"text \u00e4","a":1.50,"c":null}"""))!;

        Assert.Equal(["b", "a", "c"], fields.Select(field => field.Key));
        Assert.Equal(["text ä", "1.50", "null"], fields.Select(field => field.Value.Reveal()));
        Assert.DoesNotContain("text", string.Join(' ', fields), StringComparison.Ordinal);
    }

    private static SecretValue Text(string text) => SecretValue.FromText(text);
}
