using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

public sealed class PasswordTests
{
    private static readonly SecretText s_right = new("a password of the tests");

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("a password of the tests")]
    [InlineData("a long enough password")]
    [InlineData("Ein Satz, den niemand errät")]
    [InlineData("пароль не из списка слов")]
    [InlineData("kx8#Vq2!mZp0wRt7")]
    [InlineData("                 x ")]
    [InlineData("ééééééééééééééé and more")]
    public void Long_passwords_of_any_characters_are_taken(string password) => Assert.Null(PasswordRules.FaultOf(new SecretText(password), "ada"));

    [Theory]
    [InlineData("", "The password has 0 of at least 15 characters.")]
    [InlineData("fourteen chars", "The password has 14 of at least 15 characters.")]
    // Seven characters beyond the first 65,536 are seven, not fourteen.
    [InlineData("🔑🔑🔑🔑🔑🔑🔑", "The password has 7 of at least 15 characters.")]
    public void Short_passwords_are_refused_with_their_length(string password, string message) =>
        Assert.StartsWith(message, PasswordRules.FaultOf(new SecretText(password), "ada"), StringComparison.Ordinal);

    [Fact]
    public void The_longest_password_has_1024_characters()
    {
        var longest = string.Concat(Enumerable.Range(0, 256).Select(i => $"w{i:D3}"));
        Assert.Null(PasswordRules.FaultOf(new SecretText(longest), "ada"));
        Assert.StartsWith("The password has more than 1024 characters.", PasswordRules.FaultOf(new SecretText(longest + "x"), "ada"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("passwordpassword")]
    [InlineData("Password123456789")]
    [InlineData("P@ssw0rdP@ssw0rd")]
    [InlineData("P@ssw0rd!P@ssw0rd!2026")]
    [InlineData("123456789012345")]
    [InlineData("1234567890123456")]
    [InlineData("qwertyuiopasdfghjkl")]
    [InlineData("1q2w3e4r5t6y7u8i")]
    [InlineData("1qaz2wsx3edc4rfv")]
    [InlineData("aaaaaaaaaaaaaaaaaaaa")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("zyxwvutsrqponmlkj")]
    [InlineData("................")]
    [InlineData("iloveyouiloveyou")]
    [InlineData("letmein-letmein-2024")]
    [InlineData("secretsportal2026")]
    [InlineData("Secrets Portal 1")]
    [InlineData("ada.lovelace.ada.lovelace")]
    [InlineData("Ada-Lovelace-123456")]
    [InlineData("administrator123")]
    [InlineData("thequickbrownfox")]
    [InlineData("ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ")]
    public void What_is_guessed_first_is_refused(string password)
    {
        var fault = PasswordRules.FaultOf(new SecretText(password), "ada.lovelace");
        Assert.StartsWith("The password is made of what is guessed first", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(password, fault!, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_is_there_and_a_long_password_is_looked_at_in_little_time()
    {
        Assert.InRange(CommonPasswords.Count, 800, 5000);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        CommonPasswords.Contains(string.Concat(Enumerable.Repeat("password1", 113)) + "~ẞ", "ada");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Strength_is_said_in_a_word()
    {
        Assert.Equal(PasswordStrength.Refused, PasswordRules.Rate(new SecretText("short"), "ada"));
        Assert.Equal(PasswordStrength.Good, PasswordRules.Rate(new SecretText("violet harbour l"), "ada"));
        Assert.Equal(PasswordStrength.Strong, PasswordRules.Rate(new SecretText("violet harbour lantern"), "ada"));
    }

    /// <summary>The same characters, composed by one keyboard and decomposed by another, or in their wide form.</summary>
    [Theory]
    [InlineData("cafe\u0301 au lait au matin", "caf\u00e9 au lait au matin")]
    [InlineData("ｖｉｏｌｅｔ ｈａｒｂｏｕｒ", "violet harbour")]
    [InlineData("ﬁve words and a ligature", "five words and a ligature")]
    public async Task The_same_characters_typed_otherwise_are_the_same_password(string one, string other) =>
        Assert.True(await PasswordHasher.Fits(new SecretText(one), await PasswordHasher.Hash(new SecretText(other), default), default));

    [Fact]
    public async Task Half_a_character_is_refused_and_fits_nothing()
    {
        var half = new SecretText("half a character \ud83d and more");
        Assert.StartsWith("The password holds half a character", PasswordRules.FaultOf(half, "ada"), StringComparison.Ordinal);
        Assert.False(await PasswordHasher.Fits(half, await PasswordHasher.Hash(s_right, default), default));
        Assert.Equal(PortalError.InvalidParameter, Assert.Throws<PortalException>(() => PasswordRules.Check(half, "ada")).Error);
    }

    /// <summary>From the tests of the reference implementation (phc-winner-argon2).</summary>
    [Fact]
    public async Task A_hash_of_another_implementation_fits()
    {
        const string Hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        Assert.True(await PasswordHasher.Fits(new SecretText("password"), Hash, default));
        Assert.False(await PasswordHasher.Fits(new SecretText("passwore"), Hash, default));
    }

    [Fact]
    public async Task Hashes_are_salted_and_of_the_recommended_cost()
    {
        var first = await PasswordHasher.Hash(s_right, default);

        Assert.StartsWith("$argon2id$v=19$m=19456,t=2,p=1$", first, StringComparison.Ordinal);
        Assert.NotEqual(first, await PasswordHasher.Hash(s_right, default));
        Assert.True(await PasswordHasher.Fits(s_right, first, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=19456,t=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=-1,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=19456,t=2,p=1$$")]
    public async Task A_damaged_hash_fits_no_password(string hash) => Assert.False(await PasswordHasher.Fits(s_right, hash, default));
}
