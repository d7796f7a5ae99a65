using System.Text;
using CsCheck;
using SecretsPortal.Core.Naming;

namespace SecretsPortal.Core.Tests.Naming;

public sealed class NamesTests
{
    // What names have been smuggled past other products with, each in a name that is good but for it.
    public static TheoryData<string> Tricks =>
    [
        " ann", "ann ", "a nn", "ann\t", "ann\n", "ann\0", "\u0007ann", "ann\u00a0", "ann\u200b", "\ufeffann", "a\u202enn", "ann/", "../ann", "a/b", @"a\b", "%2e%2e",
        "ann%20", "аnn", "ａnn", "ánn", "a\u0301nn", "\ud800nn", "ann\udc00", "ſ", "ı", "\u212a", "a:b", "a*", "a?", "${aws:username}", "'ann'", "\"ann\"", "<ann>", "",
    ];

    [Theory]
    [InlineData("a")]
    [InlineData("Ann.Other+1=x,y@example.com_-")]
    [InlineData("a..b")]
    [InlineData(".hidden")]
    public void Good_names_come_back_as_they_are(string name) => Assert.Same(name, Names.Principal("Name", name));

    [Theory]
    [MemberData(nameof(Tricks))]
    public void Tricks_are_refused_and_not_repeated(string name)
    {
        var refused = Refused(() => Names.Principal("Name", name));

        Assert.Equal("Name must be 1 to 64 ASCII letters, digits or +=,.@_-.", refused);
        Refused(() => Names.Function("Name", name));
        Refused(() => Names.KeyAlias("Alias", name.Replace("a/b", "a//b", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("....")]
    public void A_name_is_no_step_of_a_path(string name) => Assert.Equal("Name can't be dots alone; give it a letter or a digit.", Refused(() => Names.Principal("Name", name)));

    [Fact]
    public void Lengths_end_where_they_say()
    {
        Names.Principal("Name", new string('a', 64));
        Refused(() => Names.Principal("Name", new string('a', 65)));
        Names.Function("Name", new string('a', 64));
        Refused(() => Names.Function("Name", new string('a', 65)));
        Names.KeyAlias("Alias", new string('a', 250));
        Refused(() => Names.KeyAlias("Alias", new string('a', 251)));
        Names.Label("Label", new string('a', 256));
        Refused(() => Names.Label("Label", new string('a', 257)));
        Names.TagKey("Key", new string('ä', 128));
        Refused(() => Names.TagKey("Key", new string('ä', 129)));
        Names.TagValue("Value", new string('ä', 256));
        Refused(() => Names.TagValue("Value", new string('ä', 257)));
    }

    [Theory]
    [InlineData("prod/db-1_x", null)]
    [InlineData("/prod", "Alias can't begin or end with a slash or have two of them in a row; remove it.")]
    [InlineData("prod/", "Alias can't begin or end with a slash or have two of them in a row; remove it.")]
    [InlineData("prod//db", "Alias can't begin or end with a slash or have two of them in a row; remove it.")]
    [InlineData("../x", "Alias must be 1 to 250 ASCII letters, digits, slashes, hyphens or underscores.")]
    [InlineData("AWS/secretsmanager", "Alias begins with aws/, which is reserved; choose another one.")]
    public void Aliases(string alias, string? message) => Check(message, () => Names.KeyAlias("Alias", alias));

    [Theory]
    [InlineData("AWSCURRENT", null)]
    [InlineData("blue green/1.0 (x)", null)]
    [InlineData("AWSCURRENT ", "Label can't begin or end with a blank; remove it.")]
    [InlineData(" x", "Label can't begin or end with a blank; remove it.")]
    [InlineData("АWSCURRENT", "Label must be 1 to 256 printable ASCII characters.")]
    [InlineData("x\u007f", "Label must be 1 to 256 printable ASCII characters.")]
    [InlineData("", "Label must be 1 to 256 printable ASCII characters.")]
    public void Labels(string label, string? message) => Check(message, () => Names.Label("Label", label));

    [Theory]
    [InlineData("cost center/EU_1.2:a=b+c-d@e", null)]
    [InlineData("größe", null)]
    [InlineData("部門", null)]
    [InlineData("दल", null)]
    [InlineData("हिन्दी", null)]
    [InlineData("", "Key must have 1 to 128 characters.")]
    [InlineData("aws:x", "Key begins with aws:, which is reserved; choose another one.")]
    [InlineData("AWS:x", "Key begins with aws:, which is reserved; choose another one.")]
    [InlineData("team ", "Key can't begin or end with a blank; remove it.")]
    [InlineData("gro\u0308ße", "Key must be in Unicode's normalization form C; type it anew.")]
    [InlineData("te\u00a0am", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    [InlineData("te\u200bam", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    [InlineData("te\u202eam", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    [InlineData("te\nam", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    [InlineData("team*", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    [InlineData("te,am", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    [InlineData("${aws:username}", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    [InlineData("x😀", "Key may have letters, digits, blanks and _.:/=+-@ only.")]
    public void Tag_keys(string key, string? message) => Check(message, () => Names.TagKey("Key", key));

    [Fact]
    public void Tag_values_may_be_empty_and_begin_with_aws()
    {
        Names.TagValue("Value", "");
        Names.TagValue("Value", "aws:x");
        Assert.Equal("Value may have letters, digits, blanks and _.:/=+-@ only.", Refused(() => Names.TagValue("Value", "a\ud800")));
    }

    [Fact]
    public void Names_that_differ_in_case_alone_are_too_much_alike()
    {
        Names.RefuseAlike("Name", "ann", ["bob", "anna"]);

        var refused = Assert.Throws<PortalException>(() => Names.RefuseAlike("Name", "ANN", ["bob", "ann"]));

        Assert.Equal((PortalError.ResourceExists, "Name is taken by ann; names that differ in case alone can't stand beside each other. Choose another one."), (refused.Error, refused.Message));
    }

    [Fact]
    public void Whatever_is_taken_is_one_text_in_every_form_and_needs_no_escape_in_a_path()
    {
        Gen.String[Gen.OneOf(Gen.Char["aZ09+=,.@_- /%\\\u00e4\u0301\ud83d\ude00"], Gen.Char), 0, 70].Sample(text =>
        {
            if (Taken(() => Names.Principal("Name", text)))
            {
                Assert.True(text.All(char.IsAscii) && text == text.Trim() && text == text.Normalize(NormalizationForm.FormKC));
                Assert.Equal($"/x/{text}", new Uri($"http://h/x/{text}").AbsolutePath);
            }

            if (Taken(() => Names.TagKey("Key", text)))
                Assert.True(text == text.Trim() && text == text.Normalize(NormalizationForm.FormC) && !text.Any(char.IsControl));
            if (Taken(() => Names.Label("Label", text)))
                Assert.True(text == text.Trim() && text.All(char.IsAscii) && !text.Any(char.IsControl));
        });
    }

    [Fact]
    public void The_key_of_case_is_the_same_for_every_case_of_a_name_and_for_no_other()
    {
        var name = Gen.String[Gen.Char["abIiKkSs0+=,.@_-"], 1, 8];
        Gen.Select(name, name).Sample((a, b) =>
        {
            Assert.Equal(Names.CaseKey(a), Names.CaseKey(a.ToLowerInvariant()));
            Assert.Equal(a.Equals(b, StringComparison.OrdinalIgnoreCase), Names.CaseKey(a) == Names.CaseKey(b));
        });
    }

    private static void Check(string? message, Func<string> name)
    {
        if (message is null)
            name();
        else
            Assert.Equal(message, Refused(name));
    }

    private static bool Taken(Func<string> name)
    {
        try
        {
            name();
            return true;
        }
        catch (PortalException e)
        {
            Assert.Equal(PortalError.Validation, e.Error);
            return false;
        }
    }

    private static string Refused(Func<string> name)
    {
        var refused = Assert.Throws<PortalException>(name);
        Assert.Equal(PortalError.Validation, refused.Error);
        return refused.Message;
    }
}
