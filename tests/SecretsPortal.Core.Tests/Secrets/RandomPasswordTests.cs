using System.Security.Cryptography;
using CsCheck;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class RandomPasswordTests
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    [Fact]
    public void Default_is_32_characters_of_all_four_types_without_space()
    {
        for (var i = 0; i < 200; i++)
        {
            var password = Generate(new());

            Assert.Equal(32, password.Length);
            Assert.Contains(password, char.IsAsciiLetterLower);
            Assert.Contains(password, char.IsAsciiLetterUpper);
            Assert.Contains(password, char.IsAsciiDigit);
            Assert.Contains(password, c => Punctuation.Contains(c, StringComparison.Ordinal));
            Assert.DoesNotContain(' ', password);
        }
    }

    [Fact]
    public void Options_hold_whatever_they_are()
    {
        Gen.Select(Gen.Int[4, 60], Gen.Bool.Array[6], Gen.String[Gen.Char[' ', '~'], 0, 40]).Sample((length, flags, exclude) =>
        {
            var options = new RandomPasswordOptions
            {
                Length = length, ExcludeCharacters = exclude, ExcludeNumbers = flags[0], ExcludePunctuation = flags[1],
                ExcludeUppercase = flags[2], ExcludeLowercase = flags[3], IncludeSpace = flags[4], RequireEachIncludedType = flags[5],
            };
            string password;
            try
            {
                password = Generate(options);
            }
            catch (PortalException e)
            {
                return e.Error == PortalError.InvalidParameter && flags[0] && flags[1] && flags[2] && flags[3];
            }

            return password.Length == length
                && !password.Any(exclude.Contains)
                && !(flags[0] && password.Any(char.IsAsciiDigit))
                && !(flags[1] && password.Any(Punctuation.Contains))
                && !(flags[2] && password.Any(char.IsAsciiLetterUpper))
                && !(flags[3] && password.Any(char.IsAsciiLetterLower))
                && (flags[4] || !password.Contains(' ', StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Four_characters_have_one_of_each_type_in_any_order()
    {
        var firstTypes = new HashSet<int>();
        for (var i = 0; i < 500; i++)
        {
            var password = Generate(new() { Length = 4 });
            Assert.Equal([0, 1, 2, 3], password.Select(TypeOf).Order());
            firstTypes.Add(TypeOf(password[0]));
        }

        Assert.Equal(4, firstTypes.Count);

        static int TypeOf(char c) => char.IsAsciiLetterLower(c) ? 0 : char.IsAsciiLetterUpper(c) ? 1 : char.IsAsciiDigit(c) ? 2 : 3;
    }

    [Fact]
    public void Every_character_is_as_likely_as_another()
    {
        var counts = Generate(new() { Length = 4096, RequireEachIncludedType = false, IncludeSpace = true })
            .Concat(Generate(new() { Length = 4096, RequireEachIncludedType = false, IncludeSpace = true }))
            .CountBy(c => c).ToDictionary();

        Assert.Equal(95, counts.Count);
        // 8,192 draws over 95 characters: 86 each, with a deviation of 9; 25 and 170 are more than six deviations off.
        Assert.All(counts.Values, n => Assert.InRange(n, 25, 170));
    }

    [Fact]
    public void A_draw_that_would_favour_low_characters_is_thrown_away()
    {
        // 2^32 - 1 lies past the last whole multiple of ten, so only the second half of the bytes counts.
        var password = RandomPassword.Generate(
            new() { Length = 1, ExcludeLowercase = true, ExcludeUppercase = true, ExcludePunctuation = true, RequireEachIncludedType = false },
            span =>
            {
                span.Clear();
                span[..4].Fill(0xff);
                span[4] = 7;
            });

        Assert.Equal("7", password.Reveal());
    }

    [Fact]
    public void A_type_of_which_nothing_is_left_is_not_required() =>
        Assert.Equal(3, Generate(new() { Length = 3, ExcludeCharacters = "0123456789" }).Length);

    [Fact]
    public void Too_little_room_for_each_type_is_refused()
    {
        Refused(PortalError.InvalidParameter,
            "PasswordLength 3 is too short for one character of each of the 4 included types. Ask for a longer password or set RequireEachIncludedType to false.",
            new() { Length = 3 });
        Assert.Equal(3, Generate(new() { Length = 3, RequireEachIncludedType = false }).Length);
    }

    [Fact]
    public void Nothing_left_to_draw_from_is_refused() =>
        Refused(PortalError.InvalidParameter,
            "The options exclude every character. Allow at least one type of characters that ExcludeCharacters leaves something of.",
            new() { ExcludeLowercase = true, ExcludeUppercase = true, ExcludeNumbers = true, ExcludePunctuation = true });

    [Fact]
    public void A_password_of_spaces_alone_is_possible_where_it_is_asked_for() =>
        Assert.Equal("   ", Generate(new()
        {
            Length = 3, IncludeSpace = true, ExcludeLowercase = true, ExcludeUppercase = true, ExcludeNumbers = true, ExcludePunctuation = true,
        }));

    [Theory]
    [InlineData(0, "greater than or equal to 1")]
    [InlineData(-1, "greater than or equal to 1")]
    [InlineData(4097, "less than or equal to 4096")]
    [InlineData(long.MaxValue, "less than or equal to 4096")]
    public void Length_has_a_range(long length, string bound) =>
        Refused(PortalError.Validation,
            $"1 validation error detected: Value at 'passwordLength' failed to satisfy constraint: Member must have value {bound}",
            new() { Length = length });

    [Fact]
    public void Excluded_characters_have_a_limit() =>
        Refused(PortalError.Validation,
            "1 validation error detected: Value at 'excludeCharacters' failed to satisfy constraint: Member must have length less than or equal to 4096",
            new() { ExcludeCharacters = new string('a', 4097) });

    private static string Generate(RandomPasswordOptions options) => RandomPassword.Generate(options, RandomNumberGenerator.Fill).Reveal();

    private static void Refused(PortalError error, string message, RandomPasswordOptions options)
    {
        var refused = Assert.Throws<PortalException>(() => Generate(options));
        Assert.Equal((error, message), (refused.Error, refused.Message));
    }
}
