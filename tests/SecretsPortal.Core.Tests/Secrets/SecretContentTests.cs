using System.Text;
using CsCheck;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class SecretContentTests
{
    [Theory]
    [InlineData("""{"engine":"postgres","username":"u","password":"p","host":"h"}""", SecretKind.RdsDatabase, "postgres")]
    [InlineData("""{"engine":"Aurora-MySQL","username":"u","password":"p"}""", SecretKind.RdsDatabase, "aurora-mysql")]
    [InlineData("""{"engine":"mongo","username":"u","password":"p"}""", SecretKind.DocumentDb, "mongo")]
    [InlineData("""{"engine":"redshift","username":"u","password":"p"}""", SecretKind.Redshift, "redshift")]
    [InlineData("""{"engine":"cassandra","username":"u","password":"p"}""", SecretKind.OtherDatabase, "cassandra")]
    [InlineData("""{"username":"u","password":"p","host":"h"}""", SecretKind.OtherDatabase, null)]
    [InlineData("""{"username":"u","password":"p"}""", SecretKind.KeyValue, null)]
    [InlineData("""{"engine":"postgres","username":"u"}""", SecretKind.KeyValue, null)]
    [InlineData("""{"engine":"postgres","username":"u","password":1}""", SecretKind.KeyValue, null)]
    [InlineData("""{"engine":7,"username":"u","password":"p"}""", SecretKind.KeyValue, null)]
    [InlineData(""" {"a":1,"b":null,"c":true,"d":"x"} """, SecretKind.KeyValue, null)]
    [InlineData("{}", SecretKind.KeyValue, null)]
    [InlineData("""{"a":{}}""", SecretKind.Text, null)]
    [InlineData("""{"a":[]}""", SecretKind.Text, null)]
    [InlineData("""{"a":1,"a":2}""", SecretKind.Text, null)]
    [InlineData("""{"a":1,"\u0061":2}""", SecretKind.Text, null)]
    [InlineData("""{"username":"\ud800","password":"p"}""", SecretKind.Text, null)]
    [InlineData("""{"\udc00":"x"}""", SecretKind.Text, null)]
    [InlineData("""{"a":"x"},""", SecretKind.Text, null)]
    [InlineData("[]", SecretKind.Text, null)]
    [InlineData("\"text\"", SecretKind.Text, null)]
    [InlineData("plain text", SecretKind.Text, null)]
    [InlineData("", SecretKind.Text, null)]
    [InlineData("{", SecretKind.Text, null)]
    public void The_kind_is_told_from_the_value(string text, SecretKind kind, string? engine) =>
        Assert.Equal(new SecretContent(kind, engine), SecretContent.Of(SecretValue.FromText(text)));

    [Fact]
    public void Bytes_are_text_whatever_they_hold() =>
        Assert.Equal(SecretKind.Text, SecretContent.Of(SecretValue.FromBytes("{}"u8.ToArray())).Kind);

    [Fact]
    public void A_depth_bomb_and_bytes_that_are_no_UTF_8_are_text()
    {
        Assert.Equal(SecretKind.Text, SecretContent.Of(SecretValue.FromText(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)))).Kind);
        Assert.Equal(SecretKind.Text, SecretContent.Of(SecretValue.FromBytes([.. "{\"a\":\""u8, 0xff, .. "\"}"u8], isText: true)).Kind);
        Assert.Equal(SecretKind.Text, SecretContent.Of(SecretValue.FromBytes([.. "{\""u8, 0xc0, 0x80, .. "\":1}"u8], isText: true)).Kind);
    }

    [Fact]
    public void No_input_makes_it_fail()
    {
        Gen.OneOf(Gen.Byte.Array[0, 60], Gen.String[Gen.Char["{}[]\",:\\ud8c0ae1\t"], 0, 60].Select(Encoding.UTF8.GetBytes))
            .Select(bytes => (byte[])[(byte)'{', .. bytes])
            .Sample(bytes => Enum.IsDefined(SecretContent.Of(SecretValue.FromBytes(bytes, isText: true)).Kind));
    }
}
