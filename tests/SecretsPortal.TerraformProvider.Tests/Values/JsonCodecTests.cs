using System.Text;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Values;

public sealed class JsonCodecTests
{
    private static readonly TfType.ObjectType s_type = TfType.ObjectOf(
        KeyValuePair.Create("days", TfType.Number),
        KeyValuePair.Create("labels", TfType.SetOf(TfType.Text)),
        KeyValuePair.Create("on", TfType.Flag),
        KeyValuePair.Create("rules", (TfType)TfType.ObjectOf(KeyValuePair.Create("duration", TfType.Text))),
        KeyValuePair.Create("tags", TfType.MapOf(TfType.Text)));

    [Fact]
    public void A_state_reads_back()
    {
        var state = (TfObject)Decode("""{"days":30,"labels":["b","a"],"on":true,"rules":{"duration":"3h"},"tags":{"k":"v"}}""");
        Assert.Equal(30, state.Number("days"));
        Assert.Equal(["a", "b"], state.Texts("labels")!);
        Assert.True(state.Flag("on"));
        Assert.Equal("3h", state.Object("rules")!.Text("duration"));
        Assert.Equal("v", state.TextMap("tags")["k"]);
    }

    [Fact]
    public void A_state_from_before_an_attribute_came_or_went_still_reads()
    {
        var state = (TfObject)Decode("""{"gone":[1],"days":null}""");
        Assert.Equal(["days", "labels", "on", "rules", "tags"], state.Members.Keys);
        Assert.True(state["rules"].IsNull);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"days":"30"}""")]
    [InlineData("""{"labels":{}}""")]
    [InlineData("[]")]
    [InlineData("""{"days":1e400}""")]
    public void What_is_no_state_is_refused(string json) => Assert.Throws<ValueFormatException>(() => Decode(json));

    [Fact]
    public void Types_are_written_as_the_protocol_wants_them() => Assert.Equal(
        """["object",{"days":"number","labels":["set","string"],"on":"bool","rules":["object",{"duration":"string"}],"tags":["map","string"]}]""",
        Encoding.UTF8.GetString(s_type.ToJson()));

    private static TfValue Decode(string json) => JsonCodec.Decode(Encoding.UTF8.GetBytes(json), s_type);
}
