using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Values;

public sealed class MsgPackCodecTests
{
    private static readonly TfType.ObjectType s_type = TfType.ObjectOf(
        KeyValuePair.Create("days", TfType.Number),
        KeyValuePair.Create("labels", TfType.SetOf(TfType.Text)),
        KeyValuePair.Create("on", TfType.Flag),
        KeyValuePair.Create("tags", TfType.MapOf(TfType.Text)));

    // The bytes are those of go-cty, which both ends of the protocol have to agree with.
    [Theory]
    [InlineData("c0", null)]
    [InlineData("a161", "a")]
    [InlineData("a0", "")]
    [InlineData("a4e282ac21", "€!")]
    public void A_text_reads_as_Terraform_writes_it(string hex, string? text) =>
        Assert.Equal(TfValue.Of(text), Decode(hex, TfType.Text));

    [Theory]
    [InlineData("00", "0")]
    [InlineData("1e", "30")]
    [InlineData("ff", "-1")]
    [InlineData("d1ff00", "-256")]
    [InlineData("cd03e8", "1000")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("d38000000000000000", "-9223372036854775808")]
    [InlineData("cb3fe0000000000000", "0.5")]
    [InlineData("a3302e31", "0.1")]
    public void A_number_reads_in_each_of_its_forms(string hex, string number) =>
        Assert.Equal(new TfNumber(decimal.Parse(number, System.Globalization.CultureInfo.InvariantCulture)), Decode(hex, TfType.Number));

    [Theory]
    [InlineData("d40000")]
    [InlineData("c7030c8101c2")]
    public void Unknown_reads_with_and_without_refinements(string hex)
    {
        Assert.True(Decode(hex, TfType.Text).IsUnknown);
        Assert.True(Decode(hex, s_type).IsUnknown);
    }

    [Fact]
    public void Unknown_is_written_as_the_plain_extension() =>
        Assert.Equal("D40000", Convert.ToHexString(MsgPackCodec.Encode(TfValue.Unknown, TfType.Text)));

    [Theory]
    [InlineData("30", "1E")]
    [InlineData("-1", "FF")]
    [InlineData("0.1", "A3302E31")]
    public void A_number_is_written_in_a_form_that_loses_nothing(string number, string hex) => Assert.Equal(hex,
        Convert.ToHexString(MsgPackCodec.Encode(new TfNumber(decimal.Parse(number, System.Globalization.CultureInfo.InvariantCulture)), TfType.Number)));

    [Fact]
    public void An_object_comes_back_as_it_was()
    {
        var value = TfObject.Empty
            .With("days", TfValue.Of(30m))
            .With("labels", TfValue.SetOf(["b", "a", "b"]))
            .With("on", TfValue.Unknown)
            .With("tags", TfObject.Empty.With("k", TfValue.Of("v")).With("later", TfValue.Unknown));
        Assert.Equal(value, MsgPackCodec.Decode(MsgPackCodec.Encode(value, s_type), s_type));
    }

    [Fact]
    public void An_object_is_written_with_all_its_attributes()
    {
        var read = Assert.IsType<TfObject>(MsgPackCodec.Decode(MsgPackCodec.Encode(TfObject.Empty, s_type), s_type));
        Assert.Equal(["days", "labels", "on", "tags"], read.Members.Keys);
        Assert.All(read.Members.Values, v => Assert.True(v.IsNull));
    }

    [Fact]
    public void Sets_are_equal_in_any_order() => Assert.Equal(Decode("92a162a161", TfType.SetOf(TfType.Text)), Decode("92a161a162", TfType.SetOf(TfType.Text)));

    [Fact]
    public void Lists_are_not_equal_in_another_order() =>
        Assert.NotEqual(Decode("92a162a161", TfType.ListOf(TfType.Text)), Decode("92a161a162", TfType.ListOf(TfType.Text)));

    [Theory]
    [InlineData("", "nothing at all")]
    [InlineData("a2", "a text cut off")]
    [InlineData("a161a161", "two values")]
    [InlineData("81a161a161", "an attribute that the schema does not have")]
    [InlineData("92", "an array cut off")]
    [InlineData("dcffff", "an array that promises more than there is")]
    [InlineData("81a46461797381a161a162", "a map for a number")]
    [InlineData("81a464617973a178", "letters for a number")]
    [InlineData("81a464617973a431653630", "a number beyond every limit")]
    public void What_is_no_value_is_refused(string hex, string why)
    {
        Assert.NotEmpty(why);
        Assert.Throws<ValueFormatException>(() => Decode(hex, hex.StartsWith("a1", StringComparison.Ordinal) ? TfType.Text : s_type));
    }

    [Fact]
    public void A_value_never_prints_its_content()
    {
        var value = TfObject.Empty.With("secret_string", TfValue.Of("hunter2"));
        Assert.DoesNotContain("hunter2", $"{value} {value["secret_string"]}", StringComparison.Ordinal);
    }

    private static TfValue Decode(string hex, TfType type) => MsgPackCodec.Decode(Convert.FromHexString(hex), type);
}
