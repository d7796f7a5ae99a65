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
        Assert.Equal(matches, new WildcardPattern(pattern).Matches(text));

    [Fact]
    public void Case_is_ignored_where_asked() => Assert.True(new WildcardPattern("secretsmanager:get*", IgnoreCase: true).Matches("SecretsManager:GetSecretValue"));

    [Fact]
    public void Agrees_with_a_regular_expression_of_the_same_meaning()
    {
        Gen.Select(Gen.String[Gen.Char["ab*?"], 0, 12], Gen.String[Gen.Char["ab"], 0, 14]).Sample((pattern, text) =>
        {
            var regex = "^" + pattern.Replace("*", ".*", StringComparison.Ordinal).Replace("?", ".", StringComparison.Ordinal) + "\\z";
            return new WildcardPattern(pattern).Matches(text) == Regex.IsMatch(text, regex, RegexOptions.NonBacktracking);
        });
    }

    [Fact(Timeout = 10_000)]
    public Task A_pattern_made_to_hurt_takes_no_long_time() => Task.Run(() =>
        Assert.False(new WildcardPattern(string.Concat(Enumerable.Repeat("a*", 1000)) + "b").Matches(new string('a', 2048))), TestContext.Current.CancellationToken);

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
            Assert.Equal(matches, read?.Matches(arn) ?? false);
    }
}
