// Command cloudclient makes calls with the vendor's official Go client as a
// back end would, with nothing changed but the endpoint. It is a module of its
// own: what it needs is nobody else's. Input and output are those of
// client.mjs beside it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

type job struct {
	Endpoint, SecretID, SecretKey string
	Calls                         []struct {
		Action, SignMethod, ReqMethod string
		Params                        map[string]any
	}
}

type answer struct {
	Result    json.RawMessage `json:"result,omitempty"`
	Code      string          `json:"code,omitempty"`
	Message   string          `json:"message,omitempty"`
	RequestID string          `json:"requestId,omitempty"`
}

func main() {
	var j job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var answers []answer
	for _, c := range j.Calls {
		p := profile.NewClientProfile()
		p.HttpProfile.Endpoint, p.HttpProfile.Scheme, p.HttpProfile.ReqMethod, p.HttpProfile.ReqTimeout =
			j.Endpoint, "http", c.ReqMethod, 20
		if c.SignMethod != "" {
			p.SignMethod = c.SignMethod
		}
		client := common.NewCommonClient(common.NewCredential(j.SecretID, j.SecretKey), "ap-guangzhou", p)
		answers = append(answers, send(client, c.Action, c.Params))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// tokenRequest is written as the client's module of the product has it: with
// version 1 of the signature only such requests carry their parameters.
type tokenRequest struct {
	*tchttp.BaseRequest
	SdkAppId   *int64  `json:"SdkAppId,omitnil,omitempty" name:"SdkAppId"`
	SeatUserId *string `json:"SeatUserId,omitnil,omitempty" name:"SeatUserId"`
	OnlyOnce   *bool   `json:"OnlyOnce,omitnil,omitempty" name:"OnlyOnce"`
}

func requestOf(action string, params map[string]any) (tchttp.Request, error) {
	if action == "CreateSDKLoginToken" {
		app, user, once := int64(params["SdkAppId"].(float64)), params["SeatUserId"].(string), params["OnlyOnce"].(bool)
		r := &tokenRequest{&tchttp.BaseRequest{}, &app, &user, &once}
		r.Init().WithApiInfo("ccc", "2020-02-10", action)
		return r, nil
	}
	r := tchttp.NewCommonRequest("ccc", "2020-02-10", action)
	return r, r.SetActionParameters(params)
}

func send(client *common.Client, action string, params map[string]any) answer {
	response := tchttp.NewCommonResponse()
	request, err := requestOf(action, params)
	if err == nil {
		err = client.Send(request, response)
	}
	var refused *tcerr.TencentCloudSDKError
	if errors.As(err, &refused) {
		return answer{Code: refused.Code, Message: refused.Message, RequestID: refused.RequestId}
	}
	if err != nil {
		return answer{Code: "local", Message: err.Error()}
	}
	var body struct{ Response json.RawMessage }
	if err := json.Unmarshal(response.GetBody(), &body); err != nil {
		return answer{Code: "local", Message: err.Error()}
	}
	return answer{Result: body.Response}
}
