using CsCheck;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class SecretValueTests
{
    [Fact]
    public void Text_comes_back_as_it_was() =>
        Gen.String[0, 200].Sample(text =>
        {
            try
            {
                return SecretValue.FromText(text).Text == text;
            }
            catch (PortalException e)
            {
                // Only half a pair may be refused.
                return e.Error == PortalError.InvalidParameter && text.Any(char.IsSurrogate);
            }
        });

    [Fact]
    public void Half_a_surrogate_pair_is_refused_and_not_quoted()
    {
        foreach (var text in (string[])["\ud800", "a\udc00b"])
        {
            var refused = Assert.Throws<PortalException>(() => SecretValue.FromText(text));

            Assert.Equal(PortalError.InvalidParameter, refused.Error);
            Assert.Equal("SecretString has a character that is half of a surrogate pair. Store bytes that are no text as SecretBinary.", refused.Message);
            Assert.Null(refused.InnerException);
        }
    }

    [Fact]
    public void Bytes_come_back_byte_for_byte_and_have_no_text()
    {
        var value = SecretValue.FromBytes([0, 255, 128]);

        Assert.Equal([0, 255, 128], value.Bytes.ToArray());
        Assert.Throws<InvalidOperationException>(() => value.Text);
    }

    [Fact]
    public void Nothing_prints_the_plaintext()
    {
        Assert.Equal("***", SecretValue.FromText("hunter2").ToString());
        Assert.Equal("***", $"{new SecretText("hunter2")}");
        Assert.Equal("", default(SecretText).Reveal());
        Assert.True(new SecretText("a") == new SecretText("a"));
        Assert.True(new SecretText("a") != new SecretText("A"));
    }
}
