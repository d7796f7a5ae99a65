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

    /// <summary>A log that was cut begins or ends within a secret, in whatever form that was written.</summary>
    [Theory]
    [InlineData("ssword-0123", "tail", "0123456789")]
    [InlineData("PASSWORD-0123", "tail", "0123")]
    [InlineData("67890 and the-password-01", "end", "assword-01")]
    [InlineData("3N3b3JkLTAxMjM0NTY3ODkw", "in base64", "b3JkLT")]
    public void What_is_left_of_a_secret_at_an_edge_is_taken_out(string text, string what, string part)
    {
        var scrubber = new Scrubber();
        scrubber.Add("the-password-01234567890");
        var printed = what == "tail" ? $"{text}4567890 was it" : text;

        var left = scrubber.ScrubLog(BoundedLog.CutMark + printed);

        Assert.Contains(Scrubber.Mark, left, StringComparison.Ordinal);
        Assert.DoesNotContain(part, left, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A word that a secret happens to end or begin with is no rest of it.</summary>
    [Fact]
    public void What_was_not_cut_keeps_its_edges()
    {
        var scrubber = new Scrubber();
        scrubber.Add("first value");
        Assert.Equal("ValueError at first", scrubber.Scrub("ValueError at first"));
        Assert.Equal("ValueError at first\n", scrubber.ScrubLog("ValueError at first\n"));
        Assert.Equal($"ValueError at {Scrubber.Mark}", scrubber.ScrubLog("ValueError at first"));
    }

    [Fact]
    public void Each_line_of_a_key_is_taken_out_however_it_is_printed()
    {
        var key = Convert.ToBase64String(Enumerable.Range(0, 150).Select(i => (byte)(i * 7)).ToArray(), Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n");
        var scrubber = new Scrubber();
        scrubber.Add(SecretValue.FromText($$"""{"key":{{System.Text.Json.JsonSerializer.Serialize($"-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n")}}}"""));
        var lines = key.Split('\n');
        Assert.Equal(3, lines.Length);

        var printed = scrubber.Scrub($"INFO: -----BEGIN PRIVATE KEY-----\nINFO: {lines[0]}\nINFO: {lines[1]}\nINFO: {lines[2]}\nINFO: -----END PRIVATE KEY-----\n");
        // The tail of a log, from the middle of the second line on.
        var tail = scrubber.ScrubLog($"{BoundedLog.CutMark}{lines[1][40..]}\n{lines[2]}\n-----END PRIVATE KEY-----\nwell done\n");

        Assert.Equal($"INFO: -----BEGIN PRIVATE KEY-----\nINFO: {Scrubber.Mark}\nINFO: {Scrubber.Mark}\nINFO: {Scrubber.Mark}\nINFO: -----END PRIVATE KEY-----\n", printed);
        Assert.DoesNotContain(lines[1][41..60], tail, StringComparison.Ordinal);
        Assert.DoesNotContain(lines[2], tail, StringComparison.Ordinal);
        Assert.EndsWith("well done\n", tail, StringComparison.Ordinal);
    }

    /// <summary>What repeats itself is the worst that a search for edges can meet: 64 KiB of it, and a value of 64 KiB.</summary>
    [Fact]
    public void A_long_value_is_found_in_a_long_text_soon()
    {
        var scrubber = new Scrubber();
        scrubber.Add(new string('a', 65_535) + "b");
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(new string('a', 65_536), scrubber.ScrubLog(new string('a', 65_536)).Replace(Scrubber.Mark, new string('a', 65_535), StringComparison.Ordinal)[..65_536]);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }
}
