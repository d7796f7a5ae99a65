using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>Secrets leave a function's words in every form that programs print.</summary>
public sealed class ScrubberTests
{
    private const string Password = "pä$s\"w'ord<&>/+=";

    [Fact]
    public void A_value_and_its_texts_are_taken_out_but_not_its_places()
    {
        var json = $$"""{"engine":"postgres","host":"db.example","username":"orders","password":"pass-WORD-1","apiKeys":["key-number-1"],"port":5432}""";
        var scrubber = new Scrubber();
        scrubber.Add(SecretValue.FromText(json));

        Assert.Equal($"{Scrubber.Mark}\nuser orders at db.example:5432 with {Scrubber.Mark}, {Scrubber.Mark}", scrubber.Scrub($"{json}\nuser orders at db.example:5432 with pass-WORD-1, key-number-1"));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("json")]
    [InlineData("python json")]
    [InlineData("url")]
    [InlineData("base64")]
    [InlineData("hex")]
    public void Each_form_is_found(string form)
    {
        var printed = form switch
        {
            "json" => System.Text.Json.JsonSerializer.Serialize(Password),
            // json.dumps leaves < > & ' + alone, and escapes what is not ASCII.
            "python json" => "\"p\\u00e4$s\\\"w'ord<&>/+=\"",
            "url" => Uri.EscapeDataString(Password),
            "base64" => Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)),
            "hex" => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Password)),
            _ => Password,
        };
        var scrubber = new Scrubber();
        scrubber.Add(Password);

        var left = scrubber.Scrub($"before {printed} after");

        Assert.Contains(Scrubber.Mark, left, StringComparison.Ordinal);
        Assert.DoesNotContain("ord", left.Replace("after", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_holds_another_is_taken_out_whole()
    {
        var scrubber = new Scrubber();
        scrubber.Add("secret");
        scrubber.Add("secret-and-more");
        Assert.Equal($"{Scrubber.Mark}, {Scrubber.Mark}", scrubber.Scrub("secret-and-more, secret"));
    }
}
