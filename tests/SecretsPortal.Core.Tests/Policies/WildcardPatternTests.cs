using System.Text.RegularExpressions;
using CsCheck;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class WildcardPatternTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("?", "", false)]
    [InlineData("?", "a", true)]
    [InlineData("a*c", "abbbc", true)]
    [InlineData("a*c", "abbb", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("a**b", "ab", true)]
    [InlineData("a?*", "a", false)]
    [InlineData("prod/*", "prod/db/main", true)]
    [InlineData("prod/*", "Prod/db", false)]
    [InlineData("[a]", "a", false)]
    [InlineData("a.c", "abc", false)]
    public void Matches_the_whole_text(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Matches(pattern, text));

    [Fact]
    public void Case_is_ignored_where_asked() => Assert.True(Matches("secretsmanager:get*", "SecretsManager:GetSecretValue", ignoreCase: true) && Matches("*:get?ecret*", "SecretsManager:GetSecretValue", ignoreCase: true));

    [Fact]
    public void Agrees_with_a_regular_expression_of_the_same_meaning()
    {
        Gen.Select(Gen.String[Gen.Char["ab*?"], 0, 12], Gen.String[Gen.Char["ab"], 0, 14]).Sample((pattern, text) =>
        {
            var regex = "^" + pattern.Replace("*", ".*", StringComparison.Ordinal).Replace("?", ".", StringComparison.Ordinal) + "\\z";
            return Matches(pattern, text) == Regex.IsMatch(text, regex, RegexOptions.NonBacktracking);
        });
    }

    [Fact]
    public void Agrees_with_it_on_patterns_longer_than_a_machine_word()
    {
        var filling = Gen.String[Gen.Char["ab"], 0, 3].Array[1, 8];
        Gen.Select(Gen.String[Gen.Char["aaaabbbb*?"], 50, 200], filling, Gen.Int[-1, 199]).Sample((pattern, fillings, damaged) =>
        {
            var stars = 0;
            var text = string.Concat(pattern.Select(c => c switch { '*' => fillings[stars++ % fillings.Length], '?' => "b", _ => c.ToString() }));
            if (damaged >= 0 && damaged < text.Length)
                text = text[..damaged] + (text[damaged] == 'a' ? 'b' : 'a') + text[(damaged + 1)..];
            var regex = "^" + pattern.Replace("*", ".*", StringComparison.Ordinal).Replace("?", ".", StringComparison.Ordinal) + "\\z";
            return Matches(pattern, text) == Regex.IsMatch(text, regex, RegexOptions.NonBacktracking);
        }, iter: 300);
    }

    [Fact(Timeout = 10_000)]
    public Task A_pattern_made_to_hurt_takes_no_long_time() => Task.Run(() =>
        Assert.False(Matches(string.Concat(Enumerable.Repeat("a*", 1000)) + "b", new string('a', 2048))), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("arn:aws:secretsmanager:*:*:secret:prod/*", "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-a1b2c3", true)]
    [InlineData("arn:aws:secretsmanager:*:*:secret:prod/*", "arn:aws:secretsmanager:us-east-1:000000000000:secret:test/db-a1b2c3", false)]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:db-??????", "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-a1b2c3", true)]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:db-??????", "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-main-a1b2c3", false)]
    [InlineData("arn:*:*:*:*:*", "arn:aws:secretsmanager:us-east-1:000000000000:secret:x", true)]
    [InlineData("arn:aws:secretsmanager:*:secret:x", null, false)]
    [InlineData("arn:aws:secretsmanager:*", null, false)]
    [InlineData("arn:aws:secretsmanager:*:*:", null, false)]
    [InlineData("db", null, false)]
    [InlineData("arn:aws:iam::aws:policy/X", "arn:aws:iam::aws:policy/X", true)]
    [InlineData("arn:aws:secretsmanager:*0:*:*", "arn:aws:secretsmanager:us-east-1:000000000000:secret:x", false)]
    [InlineData("arn:*:*:*:*:*", "*", false)]
    [InlineData("arn:*:*:*:*:*", "a-name", false)]
    public void A_wildcard_stays_in_its_field_of_an_ARN(string pattern, string? arn, bool matches)
    {
        var read = ArnPattern.TryParse(pattern);

        if (arn is null)
            Assert.Null(read);
        else
            Assert.Equal(matches, read?.Matches(new ArnFields(arn), Facts) ?? false);
    }

    private static RequestFacts Facts => new(new AuthorizationRequest(
        new Caller { Id = "1", Kind = CallerKind.User, Name = "ann", Arn = "arn:aws:iam::000000000000:user/ann" }, "a:b", "*", new Dictionary<string, IReadOnlyList<string>>()));

    private static bool Matches(string pattern, string text, bool ignoreCase = false) => new WildcardPattern(pattern, ignoreCase).Matches(text, Facts);
}
